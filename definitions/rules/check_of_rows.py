"""Checks of rows where there are none: on a feature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from definitions.expectation import Freshness, Relation, Unique, Volume
from definitions.loaded import LoadedRepository
from definitions.rules.expected import of_features
from definitions.rules.rule import Finding

_ELSEWHERE: Final = {
    Unique: "expect it of the source: a feature has one value an entity",
    Relation: "expect it of the source, whose columns it compares",
    Freshness: "give the view sla: {fresh_within: ..}, or expect it of the source",
    Volume: "expect it of the source: a feature has one value an entity",
}


def check_of_rows(loaded: LoadedRepository) -> Iterator[Finding]:
    """`unique`, `relation`, `freshness` and `volume` are about rows: they are expected of sources, not of features."""
    for expected in of_features(loaded):
        hint = _ELSEWHERE.get(type(expected.expectation))
        if hint is not None:
            message = f"{expected.expectation.check!r} is about rows, {expected.thing} has none"
            yield expected.find(("check",), message, hint)
