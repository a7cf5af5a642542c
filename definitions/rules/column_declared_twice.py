"""Columns of a source whose names an engine cannot tell apart."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def column_declared_twice(loaded: LoadedRepository) -> Iterator[Finding]:
    """A source's columns and partitions must differ by more than the case of letters."""
    for source in loaded.repository.sources.values():
        seen: dict[str, str] = {}
        for section, names in (("columns", source.columns), ("partitions", source.partitions)):
            for name in names:
                first = seen.setdefault(name.lower(), f"{section}: {name}")
                if first != f"{section}: {name}":
                    message = f"the column {name!r} is declared already, as {first}"
                    yield Finding("source", source.name, (section, name), message, "engines ignore case: keep one")
