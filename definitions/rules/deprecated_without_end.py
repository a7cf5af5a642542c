"""Deprecations that never come true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.loaded import Kind, LoadedRepository
from definitions.model import Definition
from definitions.rules.rule import Finding


def deprecated_without_end(loaded: LoadedRepository) -> Iterator[Finding]:
    """What is deprecated says until when it may be used."""
    for kind, name, definition in every_definition(loaded):
        if definition.lifecycle.state == "deprecated" and definition.lifecycle.until is None:
            message = f"{name!r} is deprecated without an end"
            hint = "write lifecycle: {state: deprecated, until: 2030-12-31, successor: ..}"
            yield Finding(kind, name, ("lifecycle",), message, hint)


def every_definition(loaded: LoadedRepository) -> Iterator[tuple[Kind, str, Definition]]:
    """All definitions of every kind."""
    repository = loaded.repository
    kinds: tuple[tuple[Kind, Mapping[str, Definition]], ...] = (
        ("entity", repository.entities),
        ("source", repository.sources),
        ("feature_view", repository.feature_views),
        ("feature_service", repository.feature_services),
    )
    for kind, definitions in kinds:
        for name, definition in definitions.items():
            yield kind, name, definition
