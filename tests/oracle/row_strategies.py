"""Hypothesis strategies for source rows: clustered in time, few keys that repeat, values that break arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from definitions.durations import DAY, MICROSECONDS, Duration
from definitions.model import FeatureView, Source
from tests.oracle.definition_strategies import DIMENSION, ENTITIES, KEY_COLUMNS
from tests.oracle.expressions import Row
from tests.oracle.values import Key

HOUR: Final = MICROSECONDS["h"]
_BASES: Final = (19782 * DAY, 15708 * DAY, 0, -14 * DAY, -25004 * DAY)
"""Days the events of a scenario lie after: 2024 (a leap day), 2013, 1970, 1969, 1901; all but the last on a week."""

_DAYS: Final = (0, 0, 1, 2, 7, 8, 30, -400)
_HOURS: Final = (0, 6, 5)
_OFFSETS: Final = (0, 0, -1, 1, 1_800_000_000, 500)

AWKWARD_STRINGS: Final = (
    "a", "b", "A", "a ", "", "a|b", "a/b=c", "a,b", "it's", '"quoted"', "'; DROP TABLE tiles; --", "%_\\", "null",
    "\N{SNAKE}\N{PARTY POPPER}", "e\N{COMBINING ACUTE ACCENT}", "\N{LATIN SMALL LETTER E WITH ACUTE}", "line\nbreak",
    "tab\t", "\x1f", "k" * 300,
)  # fmt: skip
_NUMBERS: Final = (1, 2, 0, -1, 2**63 - 1, -(2**63))

_CENTS: Final = st.integers(-9999, 9999).map(lambda cents: cents / 100)
_QUARTERS: Final = st.integers(-400, 400).map(lambda quarters: quarters / 4)
_EXTREMES: Final = (
    *(1e308, -1e308, 5e-324, -5e-324, 2.5e-310, 1e16, 0.1, -0.0, 0.0, 10.0),
    *(float("nan"), float("inf"), float("-inf")),
)
_AMOUNTS: Final[tuple[SearchStrategy[list[float]], ...]] = (
    st.lists(_QUARTERS, min_size=3, max_size=8),
    st.lists(_CENTS, min_size=3, max_size=8),
    st.lists(_CENTS | st.sampled_from([1e16, -1e16, 0.3, 10.0]), min_size=3, max_size=8),
    st.lists(_CENTS | st.sampled_from(_EXTREMES), min_size=3, max_size=8),
    st.just(list(_EXTREMES)),
)
"""Pools of doubles for a whole scenario, tamest first."""

_SMALL_INTEGERS: Final = st.integers(-3, 5)
_WIDE_INTEGERS: Final = st.one_of(_SMALL_INTEGERS, st.sampled_from([2**63 - 1, -(2**63), 2**62]))
_PRICES: Final = st.integers(-(10**6), 10**6).map(lambda cents: Decimal(cents).scaleb(-2))


@dataclass(frozen=True)
class Palette:
    """The few keys of each entity, instants and values of each column that the rows of one scenario are mixed from.

    Small pools make ties and repetitions likely, and a row costs few choices, so that examples can be long.
    """

    keys: Mapping[str, tuple[Key, ...]]
    instants: tuple[int, ...]
    values: Mapping[str, tuple[Any, ...]]


@st.composite
def palettes(draw: DrawFn, wide_integers: bool) -> Palette:
    """`wide_integers` lets quantities reach the limits of int64."""
    anchor = st.builds(lambda days, hours: days * DAY + hours * HOUR, *map(st.sampled_from, (_DAYS, _HOURS)))
    base = draw(st.sampled_from(_BASES))
    pools: dict[str, SearchStrategy[list[Any]]] = {
        "amount": draw(st.sampled_from(_AMOUNTS)),
        "quantity": st.lists(_WIDE_INTEGERS if wide_integers else _SMALL_INTEGERS, min_size=2, max_size=5),
        "price": st.lists(_PRICES, min_size=2, max_size=4),
        "flag": st.just([True, True, False]),
        "channel": st.just(["web", "app", "é'"]),
        "version": st.just(list(range(10))),
        "sequence": st.just([0, 1, 2]),
    }
    return Palette(
        keys={entity: tuple(draw(_keys(list(parts.values())))) for entity, parts in ENTITIES.items()},
        instants=tuple(
            base + instant + offset
            for instant in draw(st.lists(anchor, min_size=1, max_size=3, unique=True))
            for offset in _OFFSETS
        ),
        values={column: (*draw(pool), None) for column, pool in pools.items()},
    )


@st.composite
def _keys(draw: DrawFn, types: Sequence[str]) -> list[Key]:
    """One or two keys, several times each, and one with a null in some part."""
    parts = [st.sampled_from(AWKWARD_STRINGS if type_ == "string" else _NUMBERS) for type_ in types]
    keys = draw(st.lists(st.tuples(*parts), min_size=1, max_size=2, unique=True))
    missing = draw(st.integers(0, len(types) - 1))
    return [*keys * 4, tuple(None if place == missing else part for place, part in enumerate(keys[0]))]


@st.composite
def source_rows(draw: DrawFn, source: Source, palette: Palette, sizes: Sequence[int]) -> list[Row]:
    """As many rows of a source as one of the sizes; no two of one event and timestamp have the same version."""
    size = draw(st.sampled_from(sizes))
    rows = draw(st.lists(_row(source, palette), min_size=size, max_size=size))
    if source.dedupe is None:
        return list(rows)
    return list({(row["event_id"], row["known_at"], row["version"]): row for row in rows}.values())


@st.composite
def _row(draw: DrawFn, source: Source, palette: Palette) -> Row:
    whole = source.name.partition("_")[0]
    if whole == DIMENSION:
        return draw(_dimension_row(palette))
    keys = {
        KEY_COLUMNS[whole][name]: part
        for entity, parts in ENTITIES.items()
        for name, part in zip(parts, draw(st.sampled_from(palette.keys[entity])), strict=True)
    }
    values = {column: draw(st.sampled_from(pool)) for column, pool in palette.values.items()}
    known_at = draw(st.sampled_from([*palette.instants, None]))
    return {**keys, "event_id": draw(st.integers(0, 3)), "known_at": known_at, **values}


@st.composite
def _dimension_row(draw: DrawFn, palette: Palette) -> Row:
    region, number = draw(st.sampled_from(palette.keys["shop"]))
    (owner,) = draw(st.sampled_from(palette.keys["customer"]))
    return {
        "channel": draw(st.sampled_from(palette.values["channel"])),
        "region": region,
        "number": number,
        "owner": owner,
        "tier": draw(st.sampled_from(palette.values["sequence"])),
        "weight": draw(st.sampled_from(palette.values["amount"])),
        "active": draw(st.sampled_from(palette.values["flag"])),
        "known_at": draw(st.sampled_from([*palette.instants, None])),
    }


def instants_around(view: FeatureView, timestamp: int) -> SearchStrategy[int]:
    """Instants at which a row of that timestamp changes a value, and just beside them.

    It becomes known, or, less often, runs out of a window or exceeds a `ttl`.
    """
    hop = view.every.microseconds if isinstance(view.every, Duration) else None
    known = (timestamp if hop is None else (timestamp // hop + 1) * hop) + view.delay.microseconds
    windows = {window.microseconds for feature in view.features for window in feature.windows}
    ttls = {feature.ttl.microseconds for feature in view.features if feature.ttl is not None}
    ends = sorted({known + window for window in windows} | {timestamp + ttl for ttl in ttls})
    changes = st.sampled_from([known] * max(2, 2 * len(ends)) + ends)
    return st.builds(int.__add__, changes, st.sampled_from([0, 0, 1, -1]))
