"""Unions that declare what they take from their members."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding

_OF_MEMBERS: Final = ("path", "table", "format", "timestamp", "tiebreak", "dedupe", "columns", "partitions")


def union_with_own_parts(loaded: LoadedRepository) -> Iterator[Finding]:
    """A union has the files, columns, timestamp and order of its members, and none of its own."""
    for source in loaded.repository.sources.values():
        for key in _OF_MEMBERS if source.union else ():
            if key in source.model_fields_set:
                message = f"the union {source.name!r} has a {key} of its own"
                yield Finding("source", source.name, (key,), message, "remove it: a union takes it from its members")
