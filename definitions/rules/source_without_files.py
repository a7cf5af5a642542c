"""Sources that say neither where their rows are nor what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding

_OTHERWISE: Final = "or table: with one of Spark's catalog, or union: with other sources"


def source_without_files(loaded: LoadedRepository) -> Iterator[Finding]:
    """A source has a path or a table, and columns, or is the union of others."""
    for source in loaded.repository.sources.values():
        if source.union:
            continue
        for key, present, hint in (
            ("path", {"path", "table"} & source.model_fields_set, f"add path: data/flights.parquet, {_OTHERWISE}"),
            ("columns", bool(source.columns), "add columns: {name: type}"),
        ):
            if not present:
                yield Finding("source", source.name, (key,), f"the source {source.name!r} has no {key}", hint)
