"""What an online store keeps of an entity."""

from __future__ import annotations

from msgspec import Struct


class OnlineRow(Struct, frozen=True, gc=False):
    """One entity's packed value in one view generation.

    `key` (never empty) and `value` are opaque; `boundary` is in UTC microseconds; `version` is the segments' version
    that the value was computed from and breaks ties of the boundary.
    """

    key: bytes
    boundary: int
    version: int
    value: bytes


class Loaded(Struct, frozen=True):
    """What a load into an online store did: how many `rows` it took, and `how`, in words for people; empty where there
    is nothing to say."""

    rows: int
    how: str = ""
