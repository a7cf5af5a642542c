"""What runs queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlglot import exp

from builders.engine import SegmentTask
from builders.layout import EntityLayout
from builders.plan import BuildTiles
from builders.sql.dialect import Dialect

if TYPE_CHECKING:
    import pyarrow as pa


class Database(Protocol):
    """Runs queries that are written in the words of its dialect."""

    @property
    def dialect(self) -> Dialect:
        """The words that its queries are made of."""
        ...

    def rows(self, query: exp.Query) -> list[tuple[Any, ...]]:
        """Every row of the answer."""
        ...

    def totals(self, query: exp.Query) -> list[tuple[Any, ...]]:
        """Every row of an answer that only adds rows up, of however many columns: such a statement is planned once."""
        ...

    def table(self, query: exp.Query) -> pa.Table:
        """The answer as an Arrow table."""
        ...

    def columns(self, query: exp.Query) -> Mapping[str, str]:
        """The answer's columns with their types in the engine's words."""
        ...

    def hold(self, name: str, query: exp.Query) -> None:
        """Compute an answer once, for later queries to read by its name."""
        ...

    def write(self, query: exp.Query, order: Sequence[str], file: Path) -> None:
        """Write the answer's rows as a Parquet file, sorted by columns."""
        ...

    @property
    def spreads_tiles(self) -> bool:
        """Whether it spreads the tiles that it writes over buckets; otherwise they are in one file."""
        ...

    def write_tiles(self, tiles: exp.Query, layout: EntityLayout, folder: Path) -> Path:
        """Write tiles into an empty folder, sorted by entity and time; returns the segment's path."""
        ...

    def write_segments(
        self, tiles: BuildTiles, tasks: Sequence[SegmentTask], totals: Sequence[exp.AggFunc]
    ) -> list[tuple[Path, tuple[Any, ...]]]:
        """Compute tiles once and write each task's range of them; returns each segment's path and, over its tiles,
        these aggregates."""
        ...


def single_row(database: Database, query: exp.Query) -> tuple[Any, ...]:
    """The only row of an answer."""
    (row,) = database.rows(query)
    return row


def single_number(database: Database, query: exp.Query) -> int:
    """The only value of an answer that is a count."""
    return int(single_row(database, query)[0])
