"""Sources that say twice where their rows are, or name no table."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def table_with_path(loaded: LoadedRepository) -> Iterator[Finding]:
    """A source that is a table has its name, and neither a path nor a format: the catalog knows them."""
    for source in loaded.repository.sources.values():
        if "table" not in source.model_fields_set:
            continue
        if not source.table.strip():
            yield Finding("source", source.name, ("table",), "the table has no name", "write it like sales.orders")
        for key in ("path", "format"):
            if key in source.model_fields_set:
                message = f"the source {source.name!r} is a table and has a {key} of its own"
                yield Finding("source", source.name, (key,), message, "remove it: the catalog knows it")
