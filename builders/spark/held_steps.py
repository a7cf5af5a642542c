"""Which steps of a plan Spark has to hold, because it would do them again for each step that reads them.

A named CTE is a macro to Spark: read at two places, a source is scanned, and its rows move, twice.
"""

from __future__ import annotations

from collections import Counter

from builders.answers import Frame
from builders.plan import BuildTiles, DistinctPairs, Node, ReadSegments, ReadSource, walk


def find_steps_to_hold(frame: Frame) -> list[Node]:
    """The steps whose rows move and that are read more than once, inputs before what uses them."""
    answers = {(form.name, output.answer.role) for output in frame.outputs for form, _, _ in output.answer.windows}
    reads = Counter({frame.name: 1}) + Counter(name for name, _ in answers)
    held: list[Node] = []
    for node in reversed(list(walk(frame))):
        if _moves(node) and reads[node.name] > 1:
            held.insert(0, node)
        if node is not frame:
            times = 1 if node in held else reads[node.name]
            reads.update({read.name: times for read in node.inputs})
    return held


def _moves(node: Node) -> bool:
    if isinstance(node, DistinctPairs):
        return node.layout is not None
    if isinstance(node, ReadSegments):
        return node.misplaced > 0
    return isinstance(node, (BuildTiles, ReadSource))
