"""Every text on its ground is at least 4.5:1 and every mark and edge at least 3:1, in both themes, computed from the tokens."""

import re
from pathlib import Path

import pytest

from holdfast.web.client.help import STYLE

STATIC = Path(__file__).resolve().parent.parent / "static" / "holdfast"
TOKENS = (STATIC / "tokens.css").read_text()
GROUNDS = ("paper", "surface", "sunken")
URGENCIES = ("urgent", "same-day", "routine")
TINTS = (*URGENCIES, "calm", "safe", "drill")

TEXT = [
    *[(ink, ground) for ink in ("ink", "ink-2", "ink-3", "harbor") for ground in GROUNDS],
    *[("ink", f"{tint}-tint") for tint in (*TINTS, "harbor")],
    *[("ink-2", f"{tint}-tint") for tint in ("harbor", "safe", "routine")],
    *[(f"{tint}-ink", f"{tint}-tint") for tint in TINTS],
    *[(f"{tint}-ink", ground) for tint in ("urgent", "same-day", "drill") for ground in ("paper", "surface")],
    ("harbor", "harbor-tint"),
    ("harbor", "safe-tint"),
    ("harbor", "routine-tint"),
    ("harbor", "urgent-tint"),
    ("on-harbor", "harbor"),
    ("on-harbor", "harbor-deep"),
    ("on-lamp", "lamp"),
    ("on-lamp", "lamp-deep"),
    ("on-emergency", "emergency"),
    ("paper", "ink"),
]
MARKS = [
    *[("edge", ground) for ground in ("paper", "surface")],
    *[(tint, f"{tint}-tint") for tint in TINTS],
    *[("focus", ground) for ground in GROUNDS],
    *[("urgent", ground) for ground in ("paper", "surface")],
    ("lamp-edge", "paper"),
    ("lamp-edge", "surface"),
    ("emergency", "surface"),
    ("harbor", "surface"),
]


def colors(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", css))


LIGHT = colors(TOKENS[: TOKENS.index("/* Staff work at a desk")])
DARK = LIGHT | colors(TOKENS[TOKENS.index(':root[data-theme="dark"]') :])


def brightness(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(theme: dict[str, str], ink: str, ground: str) -> None:
    assert contrast(theme[ink], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_marks_and_edges_can_be_seen(theme: dict[str, str], mark: str, ground: str) -> None:
    assert contrast(theme[mark], theme[ground]) >= 3


def test_the_two_dark_blocks_are_equal() -> None:
    by_device = TOKENS[TOKENS.index("prefers-color-scheme: dark") : TOKENS.index(':root[data-theme="dark"]')]
    by_choice = TOKENS[TOKENS.index(':root[data-theme="dark"]') :]
    assert colors(by_device) == colors(by_choice)


def test_the_help_page_uses_the_same_colors() -> None:
    """It carries its own style, so that it is one file; its colors are the tokens'."""
    names = {
        "p": "paper",
        "s": "surface",
        "i": "ink",
        "m": "ink-2",
        "l": "line",
        "e": "edge",
        "h": "harbor",
        "o": "on-harbor",
        "g": "safe-tint",
    }
    names |= {
        "y": "lamp",
        "yo": "on-lamp",
        "ye": "lamp-edge",
        "f": "focus",
        "d": "drill-ink",
        "dt": "drill-tint",
        "w": "routine-ink",
        "wt": "routine-tint",
    }
    full = re.sub(r":#([0-9a-f])([0-9a-f])([0-9a-f])\b(?![0-9a-f])", r":#\1\1\2\2\3\3", STYLE)
    light, dark = full[: full.index("@media")], full[full.index("@media") :]
    assert colors(light) == {short: LIGHT[long] for short, long in names.items()}
    assert colors(dark) == {short: DARK[long] for short, long in names.items()}
