"""Entities keyed by numbers that do not compare reliably."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def floating_key(loaded: LoadedRepository) -> Iterator[Finding]:
    """An entity key is of a type whose values are equal or not: not float, not double."""
    for entity in loaded.repository.entities.values():
        for key, data_type in entity.keys.items():
            if data_type.is_floating:
                message = f"the key {key!r} is {data_type}, whose values have no reliable equality"
                yield Finding("entity", entity.name, ("keys", key), message, "use bigint, string or a decimal")
