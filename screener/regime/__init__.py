"""The state of the market: segments, breadth, earnings, valuation, channel, rotation.

`market_state(market, day)` gives all of it; docs/market.md says how each figure is made.
"""

from screener.regime.channel import (
    above_average,
    channel,
    distribution_days,
    max_drawdown,
    regression,
)
from screener.regime.segments import size_segment, size_segment_by_value
from screener.regime.state import MarketState, as_json, market_state, state_of

__all__ = [
    "MarketState",
    "above_average",
    "as_json",
    "channel",
    "distribution_days",
    "market_state",
    "max_drawdown",
    "regression",
    "size_segment",
    "size_segment_by_value",
    "state_of",
]
