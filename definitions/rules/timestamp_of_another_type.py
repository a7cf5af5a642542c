"""Sources whose timestamp column holds no time."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import column_types
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def timestamp_of_another_type(loaded: LoadedRepository) -> Iterator[Finding]:
    """A source's timestamp column must be of type timestamp or date."""
    for source in loaded.repository.sources.values():
        found = column_types(source).get(source.timestamp or "")
        if found is not None and not found.is_temporal:
            message = f"the timestamp column {source.timestamp!r} is {found}"
            yield Finding("source", source.name, ("timestamp",), message, "it must be timestamp or date")
