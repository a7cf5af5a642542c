"""SQL of pairs beside the tiles or rows in their reach, as the joins begin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from builders.forms import RowJoin, TileJoin, ValueCounts
from builders.plan import ReadSource
from builders.slots import SlotWindow
from builders.sql.ast import all_of, column, minus, number, select
from builders.sql.dialect import Dialect
from builders.sql.monoids import INSTANT
from builders.sql.pairs import BOUNDARY
from builders.sql.tiles import HOP_START

BAND = "band"
"""The column that says in which of the nested windows, from the shortest, a tile lies first."""

JoiningNode = TileJoin | RowJoin | ValueCounts


@dataclass(frozen=True)
class Joined:
    """Pairs beside what they are joined with, `tile`: `pair` is the alias that holds the pairs' own columns, `time`
    the column of the tiles' or rows' time, which counts backwards where it is a band."""

    table: str
    pair: str
    time: str
    join: exp.Join | None = None
    hashed: Callable[[exp.Select, str], exp.Select] | None = None
    """How the engine is told to put the pairs into hash tables, if it is."""

    @property
    def newest_first(self) -> exp.Ordered:
        return exp.Ordered(this=column(self.time, "tile"), desc=self.time != BAND)

    def select(self, *columns: exp.Expression) -> exp.Select:
        query = select(*columns).from_(exp.to_table(self.table).as_(self.pair, copy=False), copy=False)
        if self.join is not None:
            query.append("joins", self.join)
        return query if self.hashed is None else self.hashed(query, self.pair)

    def pair_columns(self, node: JoiningNode) -> list[exp.Expression]:
        return [column(name, self.pair) for name in (*node.pairs.keys, BOUNDARY)]

    def within(self, reach: int | None) -> exp.Expression:
        return is_within(reach, column(self.time, "tile"), column(BOUNDARY, self.pair))


def is_within(reach: int | None, time: exp.Expression, boundary: exp.Expression) -> exp.Expression:
    """Whether a time lies at most so far before the boundary."""
    assert reach is not None
    return exp.GTE(this=time, expression=minus(boundary, number(reach)))


def join_pairs(dialect: Dialect, node: JoiningNode, right: str, time: str) -> Joined:
    """Pairs joined with the tiles or rows `right` of their entity inside the longest reach."""
    matches: list[exp.Expression] = [
        exp.EQ(this=column(key, "pair"), expression=column(key, "tile")) for key in node.pairs.keys
    ]
    matches.append(exp.LT(this=column(time, "tile"), expression=column(BOUNDARY, "pair")))
    bare = Joined(node.pairs.name, "pair", time)
    longest = distinct_reaches(node.slot_windows)[-1]
    if longest is not None:
        matches.append(bare.within(longest))
    join = exp.Join(this=exp.to_table(right).as_("tile", copy=False), on=all_of(matches))
    return Joined(node.pairs.name, "pair", time, join, dialect.hashed if node.pairs.hashed else None)


def pairs_with_candidates(dialect: Dialect, node: JoiningNode) -> exp.Select:
    """A row for each tile or row inside the longest reach of each pair."""
    read = node.tiles if isinstance(node, TileJoin) else node.read
    joined = join_pairs(
        dialect, node, (read or node.tiles).name, INSTANT if isinstance(read, ReadSource) else HOP_START
    )
    return joined.select(*joined.pair_columns(node))


def distinct_reaches(windows: tuple[SlotWindow, ...]) -> list[int | None]:
    """The distinct reaches from the shortest to the longest; None, all history, is longer than any."""
    found = {window.reach for window in windows}
    bounded: list[int | None] = []
    bounded += sorted(reach for reach in found if reach is not None)
    return [*bounded, None] if None in found else bounded


def grouped(query: exp.Select, columns: int) -> exp.Select:
    """By the first so many columns."""
    return query.group_by(*(number(position) for position in range(1, columns + 1)), copy=False)
