"""What an engine says in words of its own: reading files, instants, exact sums, the latest row, counts and sketches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sqlglot import exp

from definitions.model import Source
from definitions.types import DataType


class Dialect(Protocol):
    """The words in which the SQL of a plan differs between engines; each engine has a module of them.

    Everything else is the same AST for all, written in the syntax that `name` stands for.
    """

    @property
    def name(self) -> str:
        """What sqlglot calls the syntax."""
        ...

    def read_files(
        self, source: Source, files: tuple[str, ...], types: Mapping[str, DataType] | None = None
    ) -> exp.Expression:
        """The rows of a source's files with the declared types, and those of further columns in `types`."""
        ...

    def read_segments(self, files: tuple[str, ...]) -> exp.Expression:
        """Stored tiles; segments of one table may hold different slots, so columns go by name."""
        ...

    def typed(self, name: str, source: Source) -> exp.Expression:
        """A source's column in its declared type."""
        ...

    def typed_timestamp(self, name: str, kind: DataType, physical: str) -> exp.Expression:
        """A column in its declared type; one of nanoseconds at the microsecond at or before them."""
        ...

    def expression(self, canonical: str, types: Mapping[str, DataType]) -> exp.Expression:
        """A canonical expression over columns of these types; a double that is not finite is null."""
        ...

    def instant(self, name: str, physical: str) -> exp.Expression:
        """Microseconds since 1970 UTC of a timestamp column; nanoseconds are floored, infinities are null."""
        ...

    def instant_between(self, name: str, physical: str, start: int, end: int) -> list[exp.Expression]:
        """The range `[start, end)` on a timestamp column, on the column itself where files have statistics of it."""
        ...

    def floor_to_hop(self, instant: exp.Expression, hop: int) -> exp.Expression:
        """The greatest multiple of `hop` at or below `instant`."""
        ...

    def split_into_limbs(self, value: exp.Expression, limbs: tuple[int, ...], slot: str) -> dict[int, exp.Expression]:
        """Each limb's share of a finite double as decimal(38,0); one that the limbs cannot hold exactly is an error."""
        ...

    def exact_sum(self, limbs: Mapping[int, exp.Expression]) -> exp.Expression:
        """The double nearest to a sum held in limbs; a total beyond the doubles is null."""
        ...

    def square(self, value: exp.Expression) -> exp.Expression:
        """The double nearest to the square of a double."""
        ...

    def square_rest(self, value: exp.Expression) -> exp.Expression:
        """What the square has beyond `square`, as a double."""
        ...

    def variance(
        self, count: exp.Expression, squares: Mapping[int, exp.Expression], total: Mapping[int, exp.Expression]
    ) -> exp.Expression:
        """The sample variance from a count and two sums in limbs; null of fewer than two values."""
        ...

    def row_in_order(
        self,
        value: exp.Expression,
        instant: exp.Expression | None,
        tiebreak: exp.Expression | None,
        may_be_null: bool,
    ) -> exp.Expression:
        """What rows are ordered by: a struct (instant, tiebreak, value) with nulls first in each.

        Of rows of one instant, `instant` is None; without a tiebreak and nulls either it is the value itself.
        """
        ...

    def value_at(
        self, value: exp.Expression, instant: exp.Expression, first: bool, keeps_nulls: bool
    ) -> exp.Expression:
        """The value at the smallest or greatest instant, where no two rows share one; null instants are no rows."""
        ...

    def pack(self, instant_column: exp.Expression, value: exp.Expression) -> exp.Expression:
        """A row's instant and value as one struct; null where there is no row."""
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

    def bucket(self, value: exp.Expression) -> exp.Expression:
        """The logarithmic bucket that a double lies in."""
        ...

    def histogram(self, value: exp.Expression, kind: DataType, where: exp.Expression | None) -> exp.Expression:
        """How often each value occurs, as a map of type `kind`; null of no values."""
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

    def count_of_sketch(self, sketch: exp.Expression) -> exp.Expression:
        """About how many distinct values a sketch has seen."""
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

    def quantile(self, totals: exp.Expression, share: float) -> exp.Expression:
        """The edge of the bucket that holds the value of which `share` of all are no greater; `totals` are added up."""
        ...

    def error(self, message: str) -> exp.Expression:
        """A value that cannot be computed: whoever asks for it gets the message as an error."""
        ...
