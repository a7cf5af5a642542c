"""Hypothesis strategies for whole scenarios: any definitions, rows in files, late rows, a spine and moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from definitions.durations import DAY
from definitions.model import Repository
from tests.oracle.definition_strategies import ENTITIES, adds_integers, repositories
from tests.oracle.expressions import Row
from tests.oracle.joins import rows_of
from tests.oracle.row_strategies import Palette, instants_around, palettes, source_rows
from tests.oracle.scenario import TIMESTAMP, Scenario

SOURCE_SIZES = (1, 2, 4, 6, 8, 12, 12, 16, 16, 0)
"""How many rows a source has, those included that come late."""

SPINE_SIZES = (1, 2, 3, 5, 8, 8, 8, 0)

Files = Mapping[str, tuple[tuple[Row, ...], ...]]


@st.composite
def scenarios(draw: DrawFn) -> Scenario:
    """A scenario in which every draw is small and the simplest is one empty source and one view."""
    repository = draw(repositories())
    palette = draw(palettes(wide_integers=not adds_integers(repository)))
    files: dict[str, tuple[tuple[Row, ...], ...]] = {}
    late: dict[str, tuple[Row, ...]] = {}
    for name, source in repository.sources.items():
        if source.union:
            continue
        rows = draw(source_rows(source, palette, SOURCE_SIZES))
        at_start = len(rows) - draw(st.sampled_from([0, 0, len(rows) // 4, len(rows) // 2, len(rows)]))
        files[name] = draw(_split(rows[:at_start]))
        late[name] = tuple(rows[at_start:])
    moment = _instant(repository, palette, files)
    moments = draw(st.lists(moment, min_size=1, max_size=3, unique=True))
    size = draw(st.sampled_from(SPINE_SIZES))
    spine = draw(st.lists(_spine_row(repository, palette, files), min_size=size, max_size=size))
    rows = [row for name in files for row in (*_flat(files[name]), *late[name])]
    timestamps = [row["known_at"] for row in rows if row["known_at"] is not None]
    return Scenario(
        repository=repository,
        files=files,
        late=late,
        spine=tuple(spine),
        moments=tuple(sorted(moments)),
        now=max([*timestamps, *moments, *(row[TIMESTAMP] for row in spine)]) + 2 * DAY,
    )


def _split(rows: Sequence[Row]) -> SearchStrategy[tuple[tuple[Row, ...], ...]]:
    """The rows in one to three files, some of which may be empty."""
    cuts = st.lists(st.integers(0, len(rows)), max_size=2).map(sorted)
    return cuts.map(
        lambda cut: tuple(tuple(rows[start:end]) for start, end in zip([0, *cut], [*cut, len(rows)], strict=True))
    )


@st.composite
def _instant(draw: DrawFn, repository: Repository, palette: Palette, files: Files) -> int:
    """An instant at which a row that is there from the start matters to a view."""
    view = draw(st.sampled_from(list(repository.feature_views.values())))
    rows = rows_of(view.source, repository.sources, {name: _flat(held) for name, held in files.items()})
    known = [row["known_at"] for row in rows if row["known_at"] is not None]
    timestamp = draw(st.sampled_from(known or palette.instants))
    return draw(instants_around(view, timestamp))


@st.composite
def _spine_row(draw: DrawFn, repository: Repository, palette: Palette, files: Files) -> Row:
    """Keys of all entities: mostly known ones, sometimes one that no row has, or null, and an instant."""
    row: dict[str, object] = {}
    for entity in repository.entities:
        types = ENTITIES[entity]
        unknown = tuple("unknown" if type_ == "string" else 404 for type_ in types.values())
        row |= zip(types, draw(st.sampled_from([*palette.keys[entity], unknown])), strict=True)
    return {**row, TIMESTAMP: draw(_instant(repository, palette, files))}


def _flat(files: Sequence[Sequence[Row]]) -> list[Row]:
    return [row for file in files for row in file]
