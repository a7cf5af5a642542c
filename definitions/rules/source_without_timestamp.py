"""A warning about sources that cannot say when their rows were known."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def source_without_timestamp(loaded: LoadedRepository) -> Iterator[Finding]:
    """A source without a timestamp counts as known since ever: training may see what only became known later."""
    for source in loaded.repository.sources.values():
        if source.timestamp is None and not source.union:
            message = (
                f"the source {source.name!r} has no timestamp: its rows count as known since ever, "
                "so a training frame may leak what only became known later"
            )
            hint = "name the column that says when a row was known, if there is one"
            yield Finding("source", source.name, ("name",), message, hint, severity="warning")
