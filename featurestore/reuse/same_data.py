"""Same data: columns that carry what others carry, found by their values for some entities at some moments."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from builders.lineage import trace_column
from builders.request import RequestedColumn, needed_slots
from definitions.durations import DAY, Duration
from definitions.model import Repository
from featurestore.frames import historical_frame
from featurestore.governance.pii import declassified_levels, pii_of
from featurestore.resolve import Applied
from featurestore.reuse.feature_index import is_offered, refresh_index
from featurestore.reuse.same_values import is_same_data, nominates
from featurestore.view_tests import arrow_type

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from featurestore.context import Context

_ENTITIES: Final = 400
_DAYS: Final = 5
_NOMINATING: Final = 1_000
"""Of the rows, those by which candidates are nominated."""
_COLUMNS_AT_ONCE: Final = 300
_MOST_KEYS: Final = 200_000
_SECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SameData:
    """`column` has the values of `of`, through a monotone map, in all of so many sampled `rows` of `entities`."""

    column: str
    of: str
    rows: int
    entities: int


def find_same_data(
    context: Context, applied: Applied, repository: Repository, added: Sequence[str]
) -> tuple[SameData, ...]:
    """Which of the columns `added` (`view:column`) of a repository carry what columns that are there carry.

    Entities are chosen by a hash of their keys from one stored segment of a column that is there, or, where nothing is
    stored, nothing is said. Moments are some days, just after the values of either column change.
    """
    refresh_index(context)
    wanted = _columns(applied, repository, added)
    there = [
        f"{column.view}:{column.name}"
        for column in context.registry.feature_columns.containing(())
        if column.state == "active" and is_offered(context, column) and column.reference not in added
    ]
    may_sample = _sampling(context)
    known = [column for column in _columns(applied, repository, there) if may_sample(column)]
    found: list[SameData] = []
    mine_by_types = _grouped(filter(may_sample, wanted), _key_types)
    # Entities of equal types may be quite different things: each is asked about by keys of its own.
    for others in _grouped(known, lambda column: column.entity.name).values():
        mine = mine_by_types.get(_key_types(others[0]), [])
        found += _compare(context, mine, others) if mine else []
    return tuple(found)


def _sampling(context: Context) -> Callable[[RequestedColumn], bool]:
    """Which columns are looked at: numbers that tell nothing of a person, and may be read by whoever asks. Of keys only
    their number is told."""
    declassified = declassified_levels(context.registry.declassifications.on())

    def may_sample(column: RequestedColumn) -> bool:
        if not column.column.type.is_numeric or pii_of(trace_column(column), declassified).restricted:
            return False
        return context.reach is None or not context.reach.how_to_ask(column.view.name)

    return may_sample


def _grouped(
    columns: Iterable[RequestedColumn], by: Callable[[RequestedColumn], Any]
) -> dict[Any, list[RequestedColumn]]:
    groups: dict[Any, list[RequestedColumn]] = {}
    for column in columns:
        groups.setdefault(by(column), []).append(column)
    return groups


def _compare(context: Context, mine: Sequence[RequestedColumn], others: Sequence[RequestedColumn]) -> list[SameData]:
    keys = _hashed_keys(context, others)
    instants = _moments(context, [*mine, *others])
    if not keys or not instants:
        return []
    spine = _spine(keys, instants, mine[0])
    pairs = _nominated(context, mine, others, spine.slice(0, _NOMINATING))
    if not pairs:
        return []
    chosen = list({_reference(column): column for pair in pairs for column in pair}.values())
    values = _values(context, chosen, spine)
    return [
        SameData(_reference(own), _reference(other), spine.num_rows, len(keys))
        for own, other in pairs
        if is_same_data(values[_reference(own)], values[_reference(other)])
    ]


def _nominated(
    context: Context, mine: Sequence[RequestedColumn], others: Sequence[RequestedColumn], few: pa.Table
) -> list[tuple[RequestedColumn, RequestedColumn]]:
    """The pairs that are nearly one line on a few rows, which are all that most columns are computed for."""
    own_values = _values(context, mine, few)
    pairs = []
    for start in range(0, len(others), _COLUMNS_AT_ONCE):
        some = others[start : start + _COLUMNS_AT_ONCE]
        values = _values(context, some, few)
        pairs += [
            (own, other)
            for other in some
            for own in mine
            if nominates(own_values[_reference(own)], values[_reference(other)])
        ]
    return pairs


def _columns(applied: Applied, repository: Repository, references: Sequence[str]) -> list[RequestedColumn]:
    """The columns as one asks for them, of the repository as it would be, by keys that all entities call alike."""
    after = Applied(applied.registry, applied.revision, former=repository)
    wanted = set(references)
    found = []
    for name in dict.fromkeys(reference.partition(":")[0] for reference in references):
        if name not in repository.feature_views:
            continue
        for column in after.view_columns(repository.feature_views[name]):
            if f"{name}:{column.name}" in wanted:
                keys = tuple(f"key_{number}" for number in range(len(column.entity.keys)))
                found.append(replace(column, name=f"{name}__{column.name}", key_columns=keys))
    return found


def _values(context: Context, columns: Sequence[RequestedColumn], spine: pa.Table) -> Mapping[str, NDArray[np.float64]]:
    """The columns' values on the rows, by reference."""
    frame = historical_frame(context, tuple(columns), spine, "event_timestamp", None).to_arrow()
    return {_reference(column): _numbers(frame[column.name]) for column in columns}


def _numbers(column: pa.ChunkedArray[Any]) -> NDArray[np.float64]:
    import numpy as np

    return np.array([np.nan if value is None else float(value) for value in column.to_pylist()], dtype=np.float64)


def _spine(keys: Sequence[tuple[Any, ...]], instants: Sequence[int], column: RequestedColumn) -> pa.Table:
    import pyarrow as pa

    rows = [(key, instant) for instant in instants for key in keys]
    types = [arrow_type(kind) for kind in column.entity.keys.values()]
    held = {f"key_{place}": pa.array([key[place] for key, _ in rows], kind) for place, kind in enumerate(types)}
    return pa.table({**held, "event_timestamp": pa.array([instant for _, instant in rows], pa.timestamp("us", "UTC"))})


def _hashed_keys(context: Context, columns: Sequence[RequestedColumn]) -> list[tuple[Any, ...]]:
    """The entities of a stored segment whose keys' hashes are least: the same ones whoever asks, and no heavy ones
    rather than light ones."""
    from pyarrow.dataset import dataset

    for table in needed_slots(tuple(columns)):
        for segment in reversed(context.registry.segments.current(table.name)):
            if segment.rows:
                tiles = dataset(context.offline_root / segment.path, format="parquet")
                held = tiles.head(_MOST_KEYS, columns=list(table.keys))
                keys = set(zip(*(held[name].to_pylist() for name in table.keys), strict=True))
                whole = [key for key in keys if None not in key]
                return sorted(whole, key=lambda key: (zlib.crc32(repr(key).encode()), repr(key)))[:_ENTITIES]
    return []


def _moments(context: Context, columns: Sequence[RequestedColumn]) -> list[int]:
    """Moments just after each column's values change, on some days before the last stored tile."""
    ends = [
        segment.end
        for table in needed_slots(tuple(columns))
        for segment in context.registry.segments.current(table.name)
    ]
    if not ends:
        return []
    last = min(max(ends), context.clock.now()) // DAY * DAY
    delays = sorted({column.view.delay.microseconds for column in columns})
    hops = sorted({column.view.every.microseconds for column in columns if isinstance(column.view.every, Duration)})
    offsets = dict.fromkeys(delay + hop % DAY + _SECOND for delay in delays[:4] for hop in (0, *hops[:2]))
    return [last - day * DAY + offset for day in range(1, _DAYS + 1) for offset in offsets]


def _reference(column: RequestedColumn) -> str:
    return f"{column.view.name}:{column.column.name}"


def _key_types(column: RequestedColumn) -> tuple[str, ...]:
    return tuple(str(kind) for kind in column.entity.keys.values())
