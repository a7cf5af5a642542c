"""A warning about what is said of blocked data where nothing blocks."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.expectation import Expectation
from definitions.loaded import Kind, LoadedRepository
from definitions.model import FeatureView, Source
from definitions.rules.rule import Finding


def on_block_without_effect(loaded: LoadedRepository) -> Iterator[Finding]:
    """`on_block` says what becomes of data that an expectation blocks: without one of severity `block` it says
    nothing."""
    kinds: tuple[tuple[Kind, list[Source] | list[FeatureView]], ...] = (
        ("source", list(loaded.repository.sources.values())),
        ("feature_view", list(loaded.repository.feature_views.values())),
    )
    for kind, definitions in kinds:
        for definition in definitions:
            if "on_block" in definition.model_fields_set and not any(
                each.severity == "block" for each in _expectations(definition)
            ):
                message = f"on_block of {definition.name!r} has no effect: nothing that is expected blocks"
                hint = "give an expectation severity: block, or remove on_block"
                yield Finding(kind, definition.name, ("on_block",), message, hint, severity="warning")


def _expectations(definition: Source | FeatureView) -> Iterator[Expectation]:
    if isinstance(definition, Source):
        yield from definition.expect
    else:
        yield from (each for feature in definition.features for each in feature.expect)
