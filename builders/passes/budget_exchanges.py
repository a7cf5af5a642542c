"""The exchanges that a frame needs where rows have to be moved to meet, and why each cannot be avoided."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from builders.answers import Frame
from builders.engine import Exchange
from builders.forms import Form
from builders.layout import EntityLayout, as_of_key, key_column
from builders.plan import DistinctPairs, Node, ReadDimension, ReadSegments, ReadSource, walk

Crossing = Literal["source", "dimension", "spine", "pairs", "answers", "tiles"]


@dataclass(frozen=True, slots=True)
class PlannedExchange:
    """Rows of the step `node` that move: all are spread `by` columns (a shuffle), or sent to everyone (a broadcast).

    What crosses are rows of a `source` or a `dimension`, the `spine`, its `pairs` or the `answers` to them, or `tiles`
    whose buckets are not those of their entity.
    """

    kind: Literal["shuffle", "broadcast"]
    what: Crossing
    node: str
    by: tuple[str, ...]
    why: str
    with_time: bool = False
    """Whether rows may be spread by their instant or its hop too, to which Spark gives a name of its own."""

    def is_seen_in(self, seen: Exchange) -> bool:
        """Whether it is this one that was seen, as far as kind and columns tell."""
        if self.kind != seen.kind or self.kind == "broadcast":
            return self.kind == seen.kind
        named = ", ".join(self.by)
        if self.with_time:
            return re.fullmatch(rf"{re.escape(named)}(, _w\d+)?", seen.by) is not None
        return seen.by in (named, ", ".join(map(as_of_key, range(len(self.by)))))


def budget_exchanges(frame: Frame) -> tuple[PlannedExchange, ...]:
    """What moves for a frame, at most; nothing of a plan for an engine that moves no rows."""
    return tuple(found for node in walk(frame) for found in _of_node(node))


def _of_node(node: Node) -> Iterator[PlannedExchange]:
    match node:
        case ReadSource():
            yield from _of_source(node)
        case ReadSegments() if node.layout is not None:
            if node.misplaced:
                where = f"{node.misplaced} of {len(node.files)} segments are not in {node.layout.buckets} buckets"
                yield _shuffle("tiles", node, node.layout.keys, f"{where}; `featurestore compact` on Spark mends it")
        case DistinctPairs() if node.layout is not None:
            yield _shuffle("pairs", node, node.layout.keys, "their keys are others than those the spine was moved by")
        case Frame() if node.spine.layout is not None:
            yield from _of_spine(node, node.spine.layout)


def _of_spine(node: Frame, layout: EntityLayout) -> Iterator[PlannedExchange]:
    """The spine moves to the tiles of its first entity, and on to the answers for each further one; or these come to
    it, where all that is equal in their keys is in one task already."""
    yield _shuffle("spine", node.spine, layout.keys, "to where the tiles of its entity are, once")
    keys = layout.keys
    answers: dict[tuple[str, ...], dict[str, Form]] = {}
    for output in node.outputs:
        forms = answers.setdefault(output.answer.role.columns, {})
        forms.update((form.name, form) for form, _, _ in output.answer.windows)
    for role, forms in list(answers.items())[1:]:
        held = tuple(map(key_column, role))
        if set(keys) <= set(held):
            for form in forms.values():
                named = dict(zip(held, form.pairs.keys, strict=True))
                yield _shuffle("answers", form, tuple(named[key] for key in keys), "to where the entity dataframe is")
        else:
            keys = held
            yield _shuffle("spine", node, keys, "to where the answers for these keys are")


def _of_source(node: ReadSource) -> Iterator[PlannedExchange]:
    if node.layout is None:
        return
    for dimension in node.dimensions:
        yield from _of_dimension(node, dimension)
    dedupe = node.table.source.dedupe
    if dedupe is not None:
        yield _shuffle("source", node, dedupe.key, "to find rows with one `dedupe` key", with_time=True)
    if node.key_filter is not None and node.key_filter.sent:
        for _ in node.files.members:
            yield PlannedExchange("broadcast", "pairs", node.name, node.table.keys, "so that only rows asked for move")
    yield _shuffle(
        "source", node, node.layout.keys, "to meet the entity dataframe, as no tiles are stored of this range"
    )


def _of_dimension(node: ReadSource, dimension: ReadDimension) -> Iterator[PlannedExchange]:
    join = dimension.join
    keys, name = tuple(join.on.values()), join.dimension.name
    yield _shuffle("dimension", dimension, keys, "to find one row for each key and instant", with_time=True)
    if dimension.is_sent:
        yield PlannedExchange("broadcast", "dimension", dimension.name, keys, "it is small, and meets all rows")
        return
    yield _shuffle("source", node, tuple(join.on), f"to meet {name} by its key, in one union with it")


def _shuffle(what: Crossing, node: Node, by: tuple[str, ...], why: str, with_time: bool = False) -> PlannedExchange:
    return PlannedExchange("shuffle", what, node.name, by, why, with_time)
