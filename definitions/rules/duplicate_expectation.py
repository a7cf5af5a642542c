"""Checks that are expected twice."""

from __future__ import annotations

import json
from collections.abc import Iterator

from definitions.expectation import Expectation
from definitions.loaded import LoadedRepository
from definitions.rules.expected import of_features, of_sources
from definitions.rules.rule import Finding, Path


def duplicate_expectation(loaded: LoadedRepository) -> Iterator[Finding]:
    """A check with the same arguments is expected once of one thing, whatever its severity."""
    seen: set[tuple[str, str, Path, str]] = set()
    for expected in (*of_sources(loaded), *of_features(loaded)):
        of = (expected.kind, expected.name, expected.path[:-1], _arguments(expected.expectation))
        if of in seen:
            message = f"{expected.expectation.check!r} is expected of {expected.thing} already, with the same arguments"
            yield expected.find((), message, "remove one of them")
        seen.add(of)


def _arguments(expectation: Expectation) -> str:
    """As text; neither columns nor values have an order."""
    arguments = expectation.model_dump(mode="json", exclude={"severity"})
    for key in ("columns", "values"):
        if key in arguments:
            arguments[key] = sorted(arguments[key], key=repr)
    return json.dumps(arguments, sort_keys=True)
