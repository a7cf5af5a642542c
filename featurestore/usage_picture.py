"""Usage as a picture in text: a line of bars by day, and who is behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from featurestore.registry.models import BoundModel
    from featurestore.usage import Usage, UsageRanking

_BARS: Final = "▁▂▃▄▅▆▇█"
_NO_BAR: Final = "·"
MOST_RANKED: Final = 20
"""How many features a ranking shows in text."""


def sparkline(numbers: Sequence[int]) -> str:
    """A bar for each number, up to the greatest; a dot for none."""
    greatest = max(numbers, default=0)
    return "".join(_BARS[(number * len(_BARS) - 1) // greatest] if number else _NO_BAR for number in numbers)


def describe_usage(usage: Usage) -> str:
    """The days as bars, then services, models and people, if there are any."""
    return "\n".join(_usage_lines(usage))


def describe_ranking(ranking: UsageRanking) -> str:
    """The most used feature columns, and how many nobody used."""
    used = [item for item in ranking.features if item.online or item.training or item.models]
    shown = used[:MOST_RANKED]
    rows = [("feature column", "look-ups", "fetches", "models")]
    rows += [(item.reference, f"{item.online:,}", f"{item.training:,}", f"{item.models:,}") for item in shown]
    lines = _columns(rows) if shown else []
    if len(used) > len(shown):
        lines.append(f"and {_number(len(used) - len(shown), 'more feature column')}")
    unused = len(ranking.features) - len(used)
    days = _number(ranking.days, "day")
    lines.append(f"nobody used {_number(unused, 'feature column')} in {days}" if unused else f"all used in {days}")
    return "\n".join(lines)


def model_words(model: BoundModel) -> str:
    """A model with its stage and owner."""
    said = [part for part in (model.stage, f"owner {model.owner}" if model.owner else None) if part]
    return f"{model.title} ({', '.join(said)})" if said else model.title


def _usage_lines(usage: Usage) -> Iterator[str]:
    days = len(usage.online)
    yield f"{usage.reference}: the {_number(days, 'day')} from {usage.first.isoformat()} on"
    for what, numbers, word in (("online", usage.online, "look-up"), ("training", usage.training, "fetch")):
        yield f"  {what:<9} {sparkline(numbers)}  {_number(sum(numbers), word)}"
    if usage.services:
        yield "  feature services"
        yield from _rows([(item.service, uses_words(item.online, item.training)) for item in usage.services])
    if usage.models:
        yield "  models"
        yield from (f"    {model_words(model)}" for model in usage.models)
    if usage.people:
        yield "  people"
        yield from _rows(
            [
                (item.principal, f"{uses_words(item.online, item.training)}, last on {item.last.isoformat()}")
                for item in usage.people
            ]
        )
    if not (usage.services or usage.models or usage.people):
        yield "  nobody uses it"


def _rows(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max(len(name) for name, _ in rows)
    return (f"    {name:<{width}}  {said}" for name, said in rows)


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines with the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "   ".join(
            f"{cell:<{width}}" if not place else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def uses_words(online: int, training: int) -> str:
    """Look-ups and fetches in words."""
    said = [_number(online, "look-up")] if online else []
    said += [_number(training, "fetch")] if training else []
    return ", ".join(said) or "no use"


def _number(number: int, word: str) -> str:
    plural = f"{word}es" if word.endswith("ch") else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"
