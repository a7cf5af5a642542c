"""From a plan to one SQL statement: each node becomes a CTE of its own name, in the order of the plan."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from builders.answers import BuildBase, Frame, ListEntities
from builders.forms import Merge, MergedWindows, RowJoin, SlidingFrame, TileJoin, ValueCounts
from builders.plan import (
    BuildTiles,
    DistinctPairs,
    Node,
    ReadDimension,
    ReadSegments,
    ReadSource,
    ReadSpine,
    Tiles,
    walk,
)
from builders.sql.base import render_build_base
from builders.sql.dialect import Dialect
from builders.sql.entities import render_list_entities
from builders.sql.frame import render_frame
from builders.sql.joined import JoiningNode, pairs_with_candidates
from builders.sql.merge import render_merge, render_merged_windows
from builders.sql.pairs import render_distinct_pairs, render_read_spine
from builders.sql.sliding_frame import render_sliding_frame
from builders.sql.source_rows import render_read_dimension
from builders.sql.tile_join import render_row_join, render_tile_join
from builders.sql.tiles import render_build_tiles, render_read_segments, render_read_source, render_tiles
from builders.sql.value_counts import render_value_counts


def render(dialect: Dialect, node: Node) -> str:
    """Formatted SQL that computes `node`, with everything below it as named CTEs."""
    return str(render_statement(dialect, node).sql(dialect=dialect.name, pretty=True, copy=False))


def render_statement(dialect: Dialect, node: Node, held: Collection[Node] = ()) -> exp.Query:
    """The statement of `node` as an AST; the nodes `held` are relations already."""
    *below, last = (each for each in walk(node) if each not in held)
    return _after(dialect, below, _render(dialect, last))


def render_candidates(dialect: Dialect, node: JoiningNode) -> exp.Query:
    """The statement of the pairs beside all that a join brings together for them."""
    *below, _ = walk(node)
    return _after(dialect, below, [(node.name, pairs_with_candidates(dialect, node))])


def _after(dialect: Dialect, below: Sequence[Node], steps: list[tuple[str, exp.Query]]) -> exp.Query:
    """The last step, with the others and everything below as named CTEs."""
    *before, (_, query) = steps
    for name, step in [*(item for each in below for item in _render(dialect, each)), *before]:
        query = query.with_(name, as_=step, copy=False)
    return query


def _render(dialect: Dialect, node: Node) -> list[tuple[str, exp.Query]]:  # noqa: PLR0912 one case a node
    match node:
        case ReadDimension():
            return [(node.name, render_read_dimension(dialect, node))]
        case ReadSource():
            return [(node.name, render_read_source(dialect, node))]
        case BuildTiles():
            return [(node.name, render_build_tiles(dialect, node))]
        case ReadSegments():
            return [(node.name, render_read_segments(dialect, node))]
        case Tiles():
            return [(node.name, render_tiles(node))]
        case BuildBase():
            return render_build_base(dialect, node)
        case ReadSpine():
            return [(node.name, render_read_spine(dialect, node))]
        case DistinctPairs():
            return [(node.name, render_distinct_pairs(dialect, node))]
        case Merge():
            return render_merge(node)
        case MergedWindows():
            return [(node.name, render_merged_windows(dialect, node))]
        case TileJoin():
            return render_tile_join(dialect, node)
        case RowJoin():
            return render_row_join(dialect, node)
        case SlidingFrame():
            return render_sliding_frame(dialect, node)
        case ValueCounts():
            return render_value_counts(dialect, node)
        case ListEntities():
            return [(node.name, render_list_entities(dialect, node))]
        case Frame():
            return [(node.name, render_frame(dialect, node))]
        case _:
            raise TypeError(f"no SQL for {type(node).__name__}")
