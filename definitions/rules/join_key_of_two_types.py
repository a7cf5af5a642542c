"""Services that want one entity dataframe column in two types."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, entries_with_view
from definitions.types import DataType


def join_key_of_two_types(loaded: LoadedRepository) -> Iterator[Finding]:
    """An entity dataframe column that holds keys of several entities has one type."""
    wanted: dict[tuple[str, str], tuple[DataType, str]] = {}
    for service, position, entry, view in entries_with_view(loaded):
        entity = loaded.repository.entities.get(view.entity)
        for key, data_type in entity.keys.items() if entity is not None else ():
            column = entry.join_keys.get(key, key)
            first, owner = wanted.setdefault((service.name, column), (data_type, view.entity))
            if first != data_type:
                message = (
                    f"the join key {column!r} is {data_type} for the entity {view.entity!r} and {first} for {owner!r}"
                )
                hint = "map one of them to another column with join_keys, or give the keys one type"
                yield Finding("feature_service", service.name, ("features", position), message, hint)
