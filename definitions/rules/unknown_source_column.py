"""Sources whose timestamp, tiebreak or dedupe names a column they do not declare."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.model import Source
from definitions.relation import own_columns
from definitions.rules.rule import Finding, Path
from definitions.suggest import suggest


def unknown_source_column(loaded: LoadedRepository) -> Iterator[Finding]:
    """A source's timestamp, tiebreak and dedupe columns must be among its columns."""
    for source in loaded.repository.sources.values():
        declared = own_columns(source)
        if not declared:
            # Another rule says so.
            continue
        for path, name in _named_columns(source):
            if name not in declared:
                message = f"the source {source.name!r} has no column {name!r}"
                yield Finding("source", source.name, path, message, suggest(name, declared, "columns"))


def _named_columns(source: Source) -> Iterator[tuple[Path, str]]:
    if source.timestamp is not None:
        yield ("timestamp",), source.timestamp
    if source.tiebreak is not None:
        yield ("tiebreak",), source.tiebreak
    if source.dedupe is not None:
        yield from ((("dedupe", "key", place), name) for place, name in enumerate(source.dedupe.key))
        yield ("dedupe", "by"), source.dedupe.by
