"""Where an entity dataframe and its pairs have to be to meet tiles, for engines that move rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from builders.layout import are_few, key_column, layout_of
from builders.plan import DistinctPairs, KeyFilter, ReadSpine
from builders.request import Inputs, RequestedColumn
from definitions.model import Entity


def place_spine(spine: ReadSpine, columns: Sequence[RequestedColumn], inputs: Inputs) -> ReadSpine:
    """Where the tiles of the first column's entity are: there it meets most of them, and stays."""
    layout = inputs.layout(columns[0].entity)
    return (
        spine
        if layout is None
        else replace(spine, layout=replace(layout, keys=tuple(map(key_column, columns[0].key_columns))))
    )


def place_pairs(pairs: DistinctPairs, entity: Entity, rows: float, inputs: Inputs) -> DistinctPairs:
    """With the tiles of their entity: moved there, unless they come of the keys by which the spine was moved."""
    if not inputs.traits.moves_rows:
        return pairs
    layout = layout_of(entity)
    roles = [tuple(map(key_column, role.columns)) for role in pairs.roles]
    in_place = pairs.spine.layout is not None and roles == [pairs.spine.layout.keys]
    return replace(pairs, layout=None if in_place else layout, hashed=are_few(rows / layout.buckets))


def ask_only(pairs: tuple[DistinctPairs, ...], rows: float, inputs: Inputs) -> KeyFilter:
    """Only entities of these pairs, of which there are so many in all; few of them are sent to rows that would move."""
    return KeyFilter(pairs, sent=inputs.traits.moves_rows and are_few(rows))
