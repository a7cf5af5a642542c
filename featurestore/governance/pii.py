"""What feature columns tell about a person: tags of source columns, as far as they reach along the lineage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, cast, get_args

from builders.lineage import ColumnLineage, Use
from builders.request import RequestedColumn
from definitions.fingerprint import column_fingerprint
from definitions.model import Source
from definitions.relation import own_columns

PiiLevel = Literal["none", "filter-only", "aggregated", "direct"]
LEVELS: Final[tuple[PiiLevel, ...]] = get_args(PiiLevel)
"""From the least to the most. `direct`: the value is one of a row, `aggregated`: it is made of several rows' values,
`filter-only`: what is personal decides which rows count."""

_VALUES_OF_ROWS: Final = frozenset({"first", "last", "last_n", "min", "max", "most_frequent", "quantile"})
_FILTERS: Final[frozenset[Use]] = frozenset({"filter", "join", "dedupe"})


@dataclass(frozen=True)
class Pii:
    """The level of a column, the tags that reach it, and the source columns that they come from.

    `restricted` columns are never public, and have no top values, extremes, samples, try-outs or sketches of theirs
    shown; `filter-only` ones warn.
    """

    level: PiiLevel
    tags: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    declassified: bool = False

    @property
    def restricted(self) -> bool:
        return self.level in ("aggregated", "direct")

    def __str__(self) -> str:
        """Such as `direct (email, of orders.note)`; empty where there is nothing."""
        if not self.tags:
            return ""
        told = ", declassified" if self.declassified else ""
        of = f", of {', '.join(self.columns)}" if self.columns else ""
        return f"{self.level}{told} ({', '.join(self.tags)}{of})"


NOTHING: Final = Pii("none")

Declassified = Mapping[tuple[str, str], PiiLevel]
"""The level that a feature column (`view:column`) with a fingerprint was declared to have."""


class Declared(Protocol):
    """What was declassified: a reference, in one computation, to a level."""

    @property
    def reference(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def level(self) -> str: ...


def declassified_levels(declared: Iterable[Declared]) -> dict[tuple[str, str], PiiLevel]:
    """The level of each computation that was declassified; what was declared last counts."""
    levels = {level: level for level in LEVELS}
    return {(item.reference, item.fingerprint): levels[cast(PiiLevel, item.level)] for item in declared}


def pii_of(column: ColumnLineage, declassified: Declassified) -> Pii:
    """What a feature column tells about a person; keys are told of by `pii_of_keys`."""
    requested = column.requested
    feature = requested.column.feature
    level: PiiLevel = "direct" if feature.pii else "none"
    tags, columns = dict.fromkeys(feature.pii), []
    shows_rows = feature.agg in _VALUES_OF_ROWS or feature.by is not None
    for item in column.inputs:
        found = _tags(requested.source, item.source, item.column)
        reached = _level(item.uses, shows_rows)
        if found and reached != "none":
            level = max(level, reached, key=LEVELS.index)
            tags |= dict.fromkeys(found)
            columns.append(f"{item.source}.{item.column}")
    return _declassified(Pii(level, tuple(tags), tuple(columns)), requested, declassified)


def pii_of_keys(requested: RequestedColumn) -> Pii:
    """What the keys of a feature column's entity tell about a person."""
    found = {
        f"{requested.source.name}.{name}": tags
        for name in requested.table.key_columns
        if (tags := _key_tags(requested.source, name))
    }
    if not found:
        return NOTHING
    return Pii("direct", tuple(dict.fromkeys(tag for tags in found.values() for tag in tags)), tuple(found))


def fingerprint_of(requested: RequestedColumn) -> str:
    """The computation of a requested column."""
    return column_fingerprint(requested.column, requested.view, requested.source, requested.entity)


def _declassified(pii: Pii, requested: RequestedColumn, declassified: Declassified) -> Pii:
    reference = f"{requested.view.name}:{requested.column.name}"
    if pii.level == "none" or not any(name == reference for name, _ in declassified):
        return pii
    level = declassified.get((reference, fingerprint_of(requested)))
    if level is None or LEVELS.index(level) >= LEVELS.index(pii.level):
        return pii
    return Pii(level, pii.tags, pii.columns, declassified=True)


def _level(uses: tuple[Use, ...], shows_rows: bool) -> PiiLevel:
    if "value" in uses:
        return "direct" if shows_rows else "aggregated"
    return "none" if _FILTERS.isdisjoint(uses) else "filter-only"


def _key_tags(source: Source, name: str) -> tuple[str, ...]:
    for join in source.joins:
        prefix = join.qualified("")
        if name.startswith(prefix):
            return _tags(source, join.dimension.name, name.removeprefix(prefix))
    return _tags(source, source.name, name)


def _tags(source: Source, name: str, column: str) -> tuple[str, ...]:
    """The tags of a column of a source or of a dimension beside it; of a union, those that any member gives it."""
    holders = [member for each in _named(source, name) for member in each.members]
    found = (own_columns(holder)[column].pii for holder in holders if column in own_columns(holder))
    return tuple(dict.fromkeys(tag for tags in found for tag in tags))


def _named(source: Source, name: str) -> Iterator[Source]:
    if source.name == name:
        yield source
    for join in source.joins:
        if join.dimension.name == name:
            yield join.dimension
