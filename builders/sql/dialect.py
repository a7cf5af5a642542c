"""What an engine says in words of its own: reading files, instants, exact sums, the latest row, counts and sketches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

from builders.layout import EntityLayout
from builders.request import SourceFiles
from definitions.model import Source
from definitions.statistic import Statistic
from definitions.types import DataType

if TYPE_CHECKING:
    from builders.sql.statistics import Measurement


class Dialect(Protocol):
    """The words in which the SQL of a plan differs between engines; each engine has its own.

    Everything else is the same AST for all, written in the syntax that `name` stands for.
    """

    @property
    def name(self) -> str:
        """What sqlglot calls the syntax."""
        ...

    def read_files(
        self, source: Source, files: SourceFiles, types: Mapping[str, DataType] | None = None
    ) -> exp.Expression:
        """The rows of a source's files with the declared types, and those of further columns in `types`."""
        ...

    def read_segments(
        self,
        paths: tuple[str, ...],
        columns: Mapping[str, DataType] | None = None,
        layout: EntityLayout | None = None,
    ) -> exp.Expression:
        """Stored tiles, of which `columns` are read, all without; segments of one table may hold different slots, so
        columns go by name. They are where a layout says, if one is given and rows move at all."""
        ...

    def move(self, query: exp.Select, layout: EntityLayout) -> exp.Select:
        """The rows of a query moved to where a layout says; its keys are columns of the query under these names."""
        ...

    def hashed(self, query: exp.Select, name: str) -> exp.Select:
        """The query, in whose join one side `name` is in hash tables that the other side looks up."""
        ...

    def broadcast(self, query: exp.Select, name: str) -> exp.Select:
        """The query, in whose join one side `name` is sent to everyone."""
        ...

    def sample(self, query: exp.Query, size: int, rows: int) -> exp.Select:
        """Some `size` rows of a query that has about `rows`, the same ones each time."""
        ...

    def typed(self, name: str, source: Source) -> exp.Expression:
        """A source's column in its declared type."""
        ...

    def typed_timestamp(self, name: str, kind: DataType, physical: str) -> exp.Expression:
        """A column in its declared type; one of nanoseconds at the microsecond at or before them."""
        ...

    def is_of_nanoseconds(self, physical: str) -> bool:
        """Whether a timestamp column has nanoseconds in the files, so that no expression can read it as it is."""
        ...

    def expression(self, canonical: str, types: Mapping[str, DataType]) -> exp.Expression:
        """A canonical expression over columns of these types; a double that is not finite is null."""
        ...

    def is_whole_match(self, value: exp.Expression, pattern: str) -> exp.Expression:
        """Whether a text is, from beginning to end, what a pattern of `definitions.patterns` describes; one that is too
        long for that is not."""
        ...

    def instant(self, name: str, physical: str) -> exp.Expression:
        """Microseconds since 1970 UTC of a timestamp column; nanoseconds are floored, infinities are null."""
        ...

    def instant_between(self, name: str, physical: str, start: int, end: int) -> list[exp.Expression]:
        """The range `[start, end)` on a timestamp column, on the column itself where files have statistics of it."""
        ...

    def value_at(
        self, value: exp.Expression, instant: exp.Expression, first: bool, keeps_nulls: bool
    ) -> exp.Expression:
        """The value at the smallest or greatest instant, where no two rows share one; null instants are no rows."""
        ...

    def field(self, struct: exp.Expression, name: str) -> exp.Expression:
        """A part of a struct."""
        ...

    def greatest_values(self, row: exp.Expression, size: int, where: exp.Expression | None) -> exp.Expression:
        """The values of the `size` greatest rows, greatest first; `row` is what `row_in_order` made."""
        ...

    def first_items(
        self, lists: exp.Expression, order: exp.Ordered, where: exp.Expression, size: int
    ) -> exp.Expression:
        """The first `size` items of the lists of a group in order, one after another."""
        ...

    def sum_of_units(self, shares: Sequence[exp.Expression]) -> exp.Expression:
        """The exact sum, as decimal(38,0), of one or more doubles a row that have no fraction and are at most
        `2**TOP_BITS`; null of no rows."""
        ...

    def histogram(self, value: exp.Expression, kind: DataType, where: exp.Expression | None) -> exp.Expression:
        """How often each value occurs, as a map of type `kind`; null of no values."""
        ...

    def measurements(self, statistics: Sequence[Statistic], types: Mapping[str, DataType]) -> Sequence[Measurement]:
        """The statements that statistics of rows take whose columns have these types."""
        ...

    def entries(self, counts: exp.Expression) -> exp.Expression:
        """A row for each entry of a map, as a struct of `key` and `value`."""
        ...

    def sketch_distinct(self, value: exp.Expression, kind: DataType, where: exp.Expression | None) -> exp.Expression:
        """A sketch of the distinct values of type `kind`; null of none."""
        ...

    def merge_sketches(self, sketch: exp.Expression, where: exp.Expression) -> exp.Expression:
        """One sketch of all in a group."""
        ...

    def counts_in_order(self, value: exp.Expression, count: exp.Expression, by_value: bool) -> exp.Expression:
        """Values and their counts collected into a map, of counts above 0: by value, or the most frequent first."""
        ...

    def most_frequent(self, counts: exp.Expression, size: int) -> exp.Expression:
        """The first `size` values of counts in order."""
        ...

    def top_counts(self, counts: exp.Expression, size: int) -> exp.Expression:
        """The first `size` values of counts in order, with their counts."""
        ...

    def comparable(self, value: exp.Expression, kind: DataType) -> exp.Expression:
        """What a column of type `kind` holds, as EXCEPT takes it."""
        ...

    def error(self, message: str) -> exp.Expression:
        """A value that cannot be computed: whoever asks for it gets the message as an error."""
        ...

    def join_as_of(
        self,
        query: exp.Select,
        table: exp.Table,
        keys: Sequence[tuple[exp.Expression, str]],
        instant: exp.Expression,
        known: str,
    ) -> exp.Select:
        """The query with, beside each row that it selects from, the last row of a table that was known at the row's
        instant, by its column `known`; `keys` are of the row, each with the column of the table that equals it."""
        ...
