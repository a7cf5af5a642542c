"""How many rows each step of a plan is expected to give, and how many a join to bring together: what forms were chosen
by, to be compared with what is found."""

from __future__ import annotations

from collections.abc import Mapping

from builders.answers import Expected, Frame
from builders.forms import Merge, MergedWindows, RowJoin, SlidingFrame, TileJoin, ValueCounts
from builders.passes.estimate_work import Amount, TileWork
from builders.plan import BuildTiles, DistinctPairs, Node, ReadBase, ReadSegments, ReadSource, ReadSpine, Tiles, walk
from builders.tile_table import TileTable

Works = Mapping[TileTable, TileWork]


def expect_rows(frame: Frame, rows: int, works: Works, pairs: Mapping[str, float]) -> dict[str, Expected]:
    """Expected rows by step, for a spine of so many `rows` and so many `pairs` by the step that gives them.

    What a join gives is at most a row a pair; how many of them meet nothing is not known.
    """
    nodes = list(walk(frame))
    found = {node.name: _expect(node, nodes, rows, works, pairs) for node in nodes}
    return {name: expected for name, expected in found.items() if expected is not None}


def _expect(node: Node, nodes: list[Node], rows: int, works: Works, pairs: Mapping[str, float]) -> Expected | None:
    match node:
        case ReadSpine() | Frame():
            return Expected(rows)
        case DistinctPairs():
            return _about(pairs[node.name])
        case Tiles():
            return _of_entities(works[node.table].tiles, node.is_filtered)
        case ReadBase():
            return None
        case ReadSegments() if _is_only_part(node, nodes):
            return _of_entities(works[node.table].stored, node.key_filter is not None)
        case ReadSource() if _is_only_part(node, nodes):
            return _of_entities(works[node.table].rows, node.key_filter is not None)
        case BuildTiles() if _is_only_part(node, nodes):
            return _of_entities(works[node.table].built, node.source.key_filter is not None)
        case Merge():
            return _about(sum(pairs[probes.pairs.name] * len(probes.offsets) for probes in node.probes))
        case MergedWindows() | SlidingFrame():
            return _about(pairs[node.pairs.name])
        case TileJoin() | RowJoin() | ValueCounts():
            work = works[node.tiles.table].of_pairs(pairs[node.pairs.name])
            return Expected(None, round(work.candidates(node.slot_windows)))
    return None


def _about(rows: float) -> Expected:
    return Expected(round(rows))


def _of_entities(amount: Amount, are_asked: bool) -> Expected:
    return _about(amount.asked if are_asked else amount.all)


def _is_only_part(node: ReadSegments | ReadSource | BuildTiles, nodes: list[Node]) -> bool:
    """Whether the table's estimate is that of this step alone: of several ranges only the sum is known."""
    kind = type(node)
    return [other.table for other in nodes if isinstance(other, kind)].count(node.table) == 1
