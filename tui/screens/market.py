"""The state of the market: the verdict on top, then breadth, indices, decliners, earnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screener.errors import KasautiError
from tui.screens.paneled import Paneled

if TYPE_CHECKING:
    from screener.regime import MarketState
    from tui.panels import Panel


class MarketView(Paneled):
    """The market of the desk, as it is or as it was known on the day the desk looks back to."""

    def begin(self) -> None:
        """Work the state out in a thread, once for a market."""
        self.entitle((" Market", "bold"))
        app, market = self.kasauti, self.desk.workspace.market
        held = app.market_state
        if held is not None and held[0] is market:
            self._made(*held[1:])
            return
        self.say("working out the state of the market …")

        def work() -> None:
            from screener.regime import market_state
            from tui.market_panels import market_panels

            try:
                state = market_state(market)
                panels = market_panels(market, state)
            except KasautiError as error:
                self.deliver(self.say, str(error))
                return
            app.market_state = (market, state, panels)  # also for a reader who left
            self.deliver(self._made, state, panels)

        self.in_thread(work, "market")

    def _made(self, state: MarketState, panels: tuple[Panel, ...]) -> None:
        from tui.market_text import session_line

        name, colon, rest = state.verdict.sentence.partition(":")
        self.head(((name + colon, "$accent bold"), (rest, "")), ((session_line(state), "$quiet"),))
        self.show(panels)
