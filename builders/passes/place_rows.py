"""Where an entity dataframe and its pairs have to be to meet tiles, for engines that move rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from builders.layout import layout_of
from builders.plan import DistinctPairs, ReadSpine, Role
from builders.request import Inputs, RequestedColumn
from definitions.model import Entity

_FEW: Final = 1_000_000
"""How many keys are sent to every task rather than rows that nobody asks for moved, or are put into a hash table rather
than sorted: some 50 MB."""


def are_few(rows: float) -> bool:
    """Whether so many keys fit a task's memory at their ease."""
    return rows <= _FEW


def place_spine(spine: ReadSpine, columns: Sequence[RequestedColumn], inputs: Inputs) -> ReadSpine:
    """Where the tiles of the first column's entity are: there it meets most of them, and stays."""
    layout = inputs.layout(columns[0].entity)
    return spine if layout is None else replace(spine, layout=replace(layout, keys=columns[0].key_columns))


def place_pairs(pairs: DistinctPairs, entity: Entity, rows: float, inputs: Inputs) -> DistinctPairs:
    """With the tiles of their entity: moved there, unless they come of the keys by which the spine was moved."""
    if not inputs.moves_rows:
        return pairs
    layout = layout_of(entity)
    in_place = pairs.spine.layout is not None and pairs.roles == (Role(pairs.spine.layout.keys),)
    return replace(pairs, layout=None if in_place else layout, hashed=are_few(rows / layout.buckets))
