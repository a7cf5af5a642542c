"""Numbers, instants, kinds and tables as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from featurestore.clock import format_instant

if TYPE_CHECKING:
    from rich.table import Table

KIND_WORDS: Final = {
    "entity": "entity",
    "source": "source",
    "feature_view": "feature view",
    "feature_service": "feature service",
}

_WORDY: Final = frozenset(
    {"which", "as of", "state", "made", "members", "roles", "scopes", "of", "until"}
    | {"what it computes", "whose", "used by"}
)
"""Columns that hold words."""


def count(number: int, word: str) -> str:
    """`1 entity`, `4 entities`, `1,000 rows`, `2 days`."""
    plural = f"{word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"


def instant_words(instant: int) -> str:
    """UTC microseconds as `2013-07-01 00:00 UTC`, whole seconds only where there are any."""
    text = format_instant(instant - instant % 1_000_000).removesuffix("Z").replace("T", " ")
    return f"{text.removesuffix(':00')} UTC"


def plain_table(first: str, *others: str) -> Table:
    """A table without lines: names to the left, in full; `others` are columns of numbers unless they say otherwise."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column(first, overflow="fold")
    for name in others:
        wordy = name in _WORDY
        table.add_column(name, justify="left" if wordy else "right", no_wrap=not wordy, overflow="fold")
    return table
