"""Colours: dark, light, and two that stay apart for colour-blind readers."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme


def _theme(name: str, *, dark: bool, colours: dict[str, str]) -> Theme:
    extra = {key: colours[key] for key in ("quiet", "rule", "row", "good", "bad", "open", "faint")}
    return Theme(
        name=name,
        dark=dark,
        primary=colours["accent"],
        secondary=colours["second"],
        accent=colours["accent"],
        foreground=colours["text"],
        background=colours["ground"],
        surface=colours["surface"],
        panel=colours["panel"],
        success=colours["good"],
        warning=colours["open"],
        error=colours["bad"],
        variables={
            **extra,
            "block-cursor-background": colours["row"],
            "block-cursor-foreground": colours["text"],
            "block-cursor-text-style": "bold",
            "border": colours["accent"],
            "border-blurred": colours["rule"],
            "input-selection-background": colours["row"],
            "scrollbar": colours["rule"],
            "scrollbar-hover": colours["quiet"],
            "scrollbar-active": colours["accent"],
            "scrollbar-background": colours["ground"],
            "scrollbar-background-hover": colours["ground"],
            "scrollbar-background-active": colours["ground"],
            "scrollbar-corner-color": colours["ground"],
        },
    )


#: Slate and gold: the touchstone and what is rubbed on it.
_DARK: Final = {
    "ground": "#101418", "surface": "#161b21", "panel": "#1d242c", "rule": "#323c47",
    "faint": "#566270", "row": "#2b3744", "text": "#d8dee6", "quiet": "#98a4b0",
    "accent": "#e0ad4e", "second": "#78aee0", "good": "#63c088", "bad": "#f08378",
    "open": "#d8a0e6",
}  # fmt: skip
_LIGHT: Final = {
    "ground": "#fcfbf8", "surface": "#f4f2ec", "panel": "#eae7de", "rule": "#cfcabd",
    "faint": "#a39f93", "row": "#dfe6ee", "text": "#1d2328", "quiet": "#5c656e",
    "accent": "#855700", "second": "#1f5f99", "good": "#176b38", "bad": "#ad241c",
    "open": "#7a3f8f",
}  # fmt: skip
#: Pass and fail are blue and orange (after Okabe and Ito): apart for every kind of colour vision.
_SAFE_DARK: Final = _DARK | {
    "good": "#5ab4e8",
    "bad": "#e8a21d",
    "open": "#d7dbe0",
    "accent": "#f0e442",
}
_SAFE_LIGHT: Final = _LIGHT | {
    "good": "#00609a",
    "bad": "#a84a00",
    "open": "#444b52",
    "accent": "#3f3d00",
}

THEMES: Final = (
    _theme("kasauti-dark", dark=True, colours=_DARK),
    _theme("kasauti-light", dark=False, colours=_LIGHT),
    _theme("kasauti-safe-dark", dark=True, colours=_SAFE_DARK),
    _theme("kasauti-safe-light", dark=False, colours=_SAFE_LIGHT),
)

#: What a reader calls each theme.
THEME_NAMES: Final = {
    "kasauti-dark": "dark",
    "kasauti-light": "light",
    "kasauti-safe-dark": "dark, colour-blind safe",
    "kasauti-safe-light": "light, colour-blind safe",
}


def after(name: str) -> str:
    """The theme that follows `name`."""
    names = [theme.name for theme in THEMES]
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]
