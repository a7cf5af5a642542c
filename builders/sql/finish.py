"""SQL of values: what a feature makes of its slot windows."""

from __future__ import annotations

from sqlglot import exp

from builders.answers import Answer, Output
from builders.forms import Form
from builders.plan import Tiles, TileSlot
from builders.slots import SlotWindow
from builders.sql.ast import alias, case, cast, coalesce, column, divide, minus, not_null, number
from builders.sql.dialect import Dialect
from builders.sql.exact_sums import exact_sum, variance
from builders.sql.merge import value_columns
from builders.sql.pairs import ASKED_AT
from builders.sql.words import count_of_sketch, quantile
from definitions.types import BIGINT, DECIMAL_INTEGER, DOUBLE

AT = "__at"
"""The suffix of the column that holds a raw output's row timestamp, in microseconds."""

SUM_ERROR = "sum of feature "
"""How the message begins when an integer sum leaves bigint; the feature column's name follows."""


def answer_alias(form: Form, answer: Answer) -> str:
    """A form joined once per role."""
    return f"{form.name}__{'_'.join(answer.role.columns)}"


def finish_value(dialect: Dialect, output: Output) -> list[exp.Alias]:
    """From slot windows to the feature's value; beside a picked one, its row's timestamp if the output is raw."""
    feature, first = output.column.feature, _Found.of(output, 0)
    if feature.agg in ("first", "last"):
        return _picked(output, first)
    match feature.agg:
        case "count":
            value = _count(dialect, output, first)
        case "sum":
            value = _sum(dialect, output, first)
        case "mean":
            count = _Found.of(output, 1).single()
            total = first.exact_double() if first.held.slot.is_in_limbs else cast(first.single(), DOUBLE)
            value = divide(total, exp.Nullif(this=count, expression=number(0)))
        case "variance":
            value = _variance(output, first)
        case "stddev":
            value = exp.Sqrt(this=_variance(output, first))
        case "quantile":
            value = quantile(first.single(), feature.quantile or 0.5)
        case "most_frequent":
            value = dialect.most_frequent(first.single(), feature.n or 1)
        case "count_distinct":
            value = coalesce(count_of_sketch(first.single()), number(0))
        case _:
            value = first.single()
    return [alias(value, output.name)]


class _Found:
    """A slot window's columns as they are joined to the spine."""

    def __init__(self, tiles: Tiles, asked: SlotWindow, table: str) -> None:
        self.held: TileSlot = next(held for held in tiles.slots if held.slot == asked.slot)
        names = value_columns(tiles, self.held, asked)
        self.columns = [column(names[item.name], table) for item in self.held.columns]

    @classmethod
    def of(cls, output: Output, position: int) -> _Found:
        form, tiles, asked = output.answer.windows[position]
        return cls(tiles, asked, answer_alias(form, output.answer))

    def single(self) -> exp.Expression:
        assert len(self.columns) == 1
        return self.columns[0].copy()

    def limbs(self) -> dict[int, exp.Expression]:
        """Null limbs are zero: a part of the tiles that needs fewer of them leaves the others out."""
        zero = cast(number(0), DECIMAL_INTEGER)
        limbs = self.held.limbs
        values = (value if len(limbs) == 1 else coalesce(value, zero.copy()) for value in self.columns)
        return dict(zip(limbs, values, strict=True))

    def exact_double(self) -> exp.Expression:
        return exact_sum(self.limbs())


def _count(dialect: Dialect, output: Output, found: _Found) -> exp.Expression:
    top = output.column.feature.top
    return coalesce(found.single(), number(0)) if top is None else dialect.top_counts(found.single(), top)


def _variance(output: Output, squares: _Found) -> exp.Expression:
    total, count = (_Found.of(output, position) for position in (1, 2))
    return variance(coalesce(count.single(), number(0)), squares.limbs(), total.limbs())


def _sum(dialect: Dialect, output: Output, found: _Found) -> exp.Expression:
    """Null over no values, of which the count tells where there is one."""
    if len(output.answer.windows) > 1:
        some: exp.Expression = exp.GT(this=coalesce(_Found.of(output, 1).single(), number(0)), expression=number(0))
    else:
        some = exp.or_(*(not_null(held.copy()) for held in found.columns), copy=False)
    slot = found.held.slot
    if slot.is_in_limbs:
        return case(some, found.exact_double())
    total = found.single()
    if slot.type.is_decimal:
        return case(some, cast(total, output.column.type))
    limit = exp.Between(this=total, low=number(-(2**63)), high=number(2**63 - 1))
    error = dialect.error(f"{SUM_ERROR}{output.name} leaves the range of bigint")
    return case(some, case(limit, cast(total.copy(), BIGINT), cast(error, BIGINT)))


def _picked(output: Output, found: _Found) -> list[exp.Alias]:
    at, value = (item.copy() for item in found.columns)
    if output.raw:
        return [alias(value, output.name), alias(at, output.name + AT)]
    ttl = output.column.feature.ttl
    if ttl is not None:
        alive = exp.GTE(this=at, expression=minus(column(ASKED_AT), number(ttl.microseconds)))
        value = case(alive, value)
    return [alias(value, output.name)]
