"""What the parts of each form cost an engine, measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class FormCosts:
    """CPU microseconds."""

    join_tile: float
    """A tile that a join reads."""
    join_candidate: float
    """A tile that a join brings to a pair,"""
    join_value: float
    """and each value that is made of it;"""
    banded_candidate: float
    """the same in bands,"""
    band_value: float
    """and each value of a band."""
    instant_candidate: float
    """A row that a join brings to a pair where the latest one is picked."""
    counted_candidate: float
    """A tile whose counts by value are spread out."""
    merge_tile: float
    """A tile that a merge sorts,"""
    merge_depth: float
    """more with each doubling of an entity's tiles."""
    merge_probe: float
    """A probe that looks its values up,"""
    merge_difference: float
    """and subtracts another's."""
    frame_row: float
    """A tile or a pair that frames slide over,"""
    frame_value: float
    """more with each value and doubling."""


ON_DUCKDB: Final = FormCosts(
    join_tile=0.15,
    join_candidate=0.015,
    join_value=0.01,
    banded_candidate=0.2,
    band_value=0.1,
    instant_candidate=0.7,
    counted_candidate=0.5,
    merge_tile=0.3,
    merge_depth=0.08,
    merge_probe=0.6,
    merge_difference=0.4,
    frame_row=0.5,
    frame_value=0.05,
)
"""Fitted to frames over 1M and 10M events of 1,000 to 1,000,000 entities, of 10,000 to 300,000 rows
(docs/decisions/0010); `make bench-meaning` holds the choice against every fixed form."""

ON_SPARK: Final = ON_DUCKDB
