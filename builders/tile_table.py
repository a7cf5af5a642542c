"""Tile tables: the tiles of one source, one entity and one hop."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property

from builders.grid import hop_microseconds, hop_name
from definitions.fingerprint import entity_fingerprint, reading_fingerprint
from definitions.model import Entity, FeatureView, Source
from definitions.types import DataType


@dataclass(frozen=True)
class TileTable:
    """Where the slots of every view on one (source, entity, hop) live.

    `key_columns` are the columns, of the source or of dimensions joined to it, that hold the entity's keys, in the
    entity's order.
    `hop` is in microseconds; None for `exact`, where each event timestamp is a tile, and 0 for a source without
    timestamp, where an entity has one tile.
    """

    source: Source
    entity: Entity
    key_columns: tuple[str, ...]
    hop: int | None
    hop_name: str

    @cached_property
    def name(self) -> str:
        """Identity, folder and registry key: it depends on what the tiles hold, not on what people call the source."""
        content = json.dumps(
            [reading_fingerprint(self.source), entity_fingerprint(self.entity), self.key_columns, self.hop_name]
        )
        digest = hashlib.sha256(content.encode()).hexdigest()[:8]
        words = re.sub(r"[^a-z0-9]+", "_", "_".join(self.keys).lower()).strip("_")[:32]
        return f"{words}_{self.hop_name}_{digest}"

    @property
    def label(self) -> str:
        """What people call it, for SQL and messages."""
        joined = "".join(f"_with_{join.name}" for join in self.source.joins)
        held_in = "" if self.key_columns == self.keys else f"_{'_'.join(self.key_columns)}"
        return f"{self.source.name}{joined}_by_{self.entity.name}{held_in}_{self.hop_name}".replace(".", "_")

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.entity.keys)

    @property
    def key_types(self) -> tuple[DataType, ...]:
        return tuple(self.entity.keys.values())

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TileTable) and other.name == self.name


def tile_table_of(view: FeatureView, source: Source, entity: Entity) -> TileTable:
    """The tile table that `view`'s slots live in."""
    return TileTable(
        source=source,
        entity=entity,
        key_columns=tuple(view.keys.get(key, key) for key in entity.keys),
        hop=hop_microseconds(view.every, source),
        hop_name=hop_name(view.every, source),
    )
