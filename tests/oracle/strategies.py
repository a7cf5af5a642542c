"""Hypothesis strategies for whole scenarios: any definitions, rows in files, late rows, a spine and moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from definitions.durations import DAY
from definitions.model import FeatureView, Repository
from tests.oracle.definition_strategies import ENTITIES, KEY_COLUMNS, adds_integers, repositories
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
    spine = draw(st.lists(_spine_row(repository, palette, files, late), min_size=size, max_size=size))
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
    known = [row["known_at"] for row in _rows_of(view, repository, files) if row["known_at"] is not None]
    timestamp = draw(st.sampled_from(known or palette.instants))
    return draw(instants_around(view, timestamp))


@st.composite
def _spine_row(
    draw: DrawFn, repository: Repository, palette: Palette, files: Files, late: Mapping[str, tuple[Row, ...]]
) -> Row:
    """Keys of all entities and an instant: mostly those of one row, late or not, when that row matters."""
    view = draw(st.sampled_from(list(repository.feature_views.values())))
    every = {name: (*files[name], late[name]) for name in files}
    known = [row for row in _rows_of(view, repository, every) if row["known_at"] is not None]
    if not known or not draw(st.sampled_from([True, True, True, True, False])):
        return draw(_any_spine_row(repository, palette, files))
    followed = draw(st.sampled_from(known))
    columns = KEY_COLUMNS[view.source]
    keys = {key: followed[columns[key]] for entity in repository.entities for key in ENTITIES[entity]}
    return {**keys, TIMESTAMP: draw(instants_around(view, followed["known_at"]))}


@st.composite
def _any_spine_row(draw: DrawFn, repository: Repository, palette: Palette, files: Files) -> Row:
    """Keys of all entities, each by itself: mostly known ones, sometimes one that no row has, or null; an instant."""
    row: dict[str, object] = {}
    for entity in repository.entities:
        types = ENTITIES[entity]
        unknown = tuple("unknown" if type_ == "string" else 404 for type_ in types.values())
        row |= zip(types, draw(st.sampled_from([*palette.keys[entity], unknown])), strict=True)
    return {**row, TIMESTAMP: draw(_instant(repository, palette, files))}


def _rows_of(view: FeatureView, repository: Repository, files: Files) -> list[Row]:
    """The rows of a view's source that are there from the start."""
    return rows_of(view.source, repository.sources, {name: _flat(held) for name, held in files.items()})


def _flat(files: Sequence[Sequence[Row]]) -> list[Row]:
    return [row for file in files for row in file]
