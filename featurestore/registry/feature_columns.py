"""An index of all columns of the applied views: a cache of what definitions say, for whoever looks for a feature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, TypeVar

from sqlalchemy import Column, ColumnElement, Engine, RowMapping, and_, delete, insert, or_, select

from featurestore.registry.database import insert_or, reading, writing
from featurestore.registry.tables import feature_columns, from_json, indexed, to_json

_NAME: Final = "feature_columns"
_AT_ONCE: Final = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedColumn:
    """A column of a view.

    `timeline` and `window` (microseconds, None for all history) are what columns are compared on, `slots` what it is
    made of in `tile_table`. `formula` says it in a line, without its window, `reads` are the columns of sources that it
    reads (`flights.arr_delay`), `words` what is searched, in lower case. `state` is the view's lifecycle,
    `services` are those that answer with it.
    """

    view: str
    name: str
    position: int
    timeline: str
    window: int | None
    tile_table: str
    slots: tuple[str, ...]
    type: str
    formula: str
    reads: tuple[str, ...]
    words: str
    entity: str
    description: str
    team: str | None
    owner: str | None
    visibility: str
    state: str
    services: tuple[str, ...]

    @property
    def reference(self) -> str:
        """`view:column`."""
        return f"{self.view}:{self.name}"


_LISTS: Final = ("slots", "reads", "services")


class FeatureColumnRegistry:
    """Columns by view, by timeline and by words."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def indexed_revision(self) -> int:
        """Up to which application of definitions the index speaks; 0 if it was never made."""
        with reading(self._engine) as connection:
            return connection.scalar(select(indexed.c.revision).where(indexed.c.name == _NAME)) or 0

    def replace(self, columns: Iterable[IndexedColumn], views: Iterable[str] | None, revision: int) -> None:
        """Make these the columns of `views`, or of all views without such, as of an application of definitions; nothing
        happens if the index is of that one or a later one already."""
        rows = [_row(column) for column in columns]
        with writing(self._engine) as connection:
            moved = connection.execute(
                insert_or(connection, indexed)
                .values(name=_NAME, revision=revision)
                .on_conflict_do_update(
                    index_elements=["name"], set_={"revision": revision}, where=indexed.c.revision < revision
                )
                .returning(indexed.c.revision)
            )
            if moved.first() is None:
                return
            if views is None:
                connection.execute(delete(feature_columns))
            for part in _parts(list(views or ())):
                connection.execute(delete(feature_columns).where(feature_columns.c.view.in_(part)))
            for rows_at_once in _parts(rows):
                connection.execute(insert(feature_columns), list(rows_at_once))

    def on(self, timelines: Iterable[tuple[str, int | None]]) -> tuple[IndexedColumn, ...]:
        """The columns of some timelines and windows, by view and position."""
        wanted = dict.fromkeys(timelines)
        conditions = [
            and_(
                feature_columns.c.timeline == timeline,
                feature_columns.c.window.is_(None) if window is None else feature_columns.c.window == window,
            )
            for timeline, window in wanted
        ]
        return self._select_in_parts(conditions)

    def of_tables(self, tile_tables: Iterable[str]) -> tuple[IndexedColumn, ...]:
        """The columns that are made of slots of some tile tables, by view and position."""
        return self._select_in_parts([feature_columns.c.tile_table == table for table in dict.fromkeys(tile_tables)])

    def of_view(self, view: str) -> tuple[IndexedColumn, ...]:
        """The columns of a view, in its order; none if there is no such view."""
        return self._select(feature_columns.c.view == view)

    def find(self, view: str, name: str) -> IndexedColumn | None:
        """One column."""
        found = self._select(feature_columns.c.view == view, feature_columns.c.name == name)
        return found[0] if found else None

    def containing(self, words: Sequence[str]) -> tuple[IndexedColumn, ...]:
        """The columns in whose words each of `words` (lower case) occurs, by view and position; all without words."""
        return self._select(*(feature_columns.c.words.contains(word, autoescape=True) for word in words))

    def reading(self, columns: Iterable[str]) -> tuple[IndexedColumn, ...]:
        """The columns that read one of some columns of sources (`flights.arr_delay`), by view and position."""
        # Found once, though it reads several of them.
        return tuple(dict.fromkeys(self._select_in_parts([_listed(feature_columns.c.reads, name) for name in columns])))

    def views_used_by(self, services: Iterable[str]) -> set[str]:
        """The views of which one of the services answers with a column, as far as is indexed."""
        conditions = [_listed(feature_columns.c.services, name) for name in services]
        return {column.view for column in self._select_in_parts(conditions)}

    def with_formulas(self, formulas: Iterable[str]) -> tuple[IndexedColumn, ...]:
        """The columns of some formulas, whatever their timelines and windows."""
        return self._select_in_parts([feature_columns.c.formula == formula for formula in dict.fromkeys(formulas)])

    def _select_in_parts(self, conditions: Sequence[ColumnElement[bool]]) -> tuple[IndexedColumn, ...]:
        found: list[IndexedColumn] = []
        for part in _parts(conditions):
            found += self._select(or_(*part))
        return tuple(sorted(found, key=lambda column: (column.view, column.position)))

    def _select(self, *conditions: ColumnElement[bool]) -> tuple[IndexedColumn, ...]:
        statement = select(feature_columns).where(*conditions)
        with reading(self._engine) as connection:
            rows = connection.execute(statement.order_by(feature_columns.c.view, feature_columns.c.position)).mappings()
            return tuple(_column(row) for row in rows)


def _listed(column: Column[str], name: str) -> ColumnElement[bool]:
    """That a list, which is stored as JSON, has a name."""
    return column.contains(to_json([name])[1:-1], autoescape=True)


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many at once as a statement takes everywhere."""
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]


def _row(column: IndexedColumn) -> dict[str, Any]:
    return {**asdict(column), **{name: to_json(getattr(column, name)) for name in _LISTS}}


def _column(row: RowMapping) -> IndexedColumn:
    values = {field.name: row[field.name] for field in fields(IndexedColumn)}
    return IndexedColumn(**{**values, **{name: tuple(from_json(row[name])) for name in _LISTS}})
