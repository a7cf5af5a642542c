"""Sources that say neither where their rows are nor what they hold."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def source_without_files(loaded: LoadedRepository) -> Iterator[Finding]:
    """A source has a path and columns, or is the union of others."""
    for source in loaded.repository.sources.values():
        if source.union:
            continue
        for key, present, hint in (
            ("path", "path" in source.model_fields_set, "add path: data/flights.parquet, or union: with other sources"),
            ("columns", bool(source.columns), "add columns: {name: type}"),
        ):
            if not present:
                yield Finding("source", source.name, (key,), f"the source {source.name!r} has no {key}", hint)
