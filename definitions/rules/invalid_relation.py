"""Relations whose condition cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import own_types
from definitions.expectation import Relation
from definitions.expression_error import ExpressionError
from definitions.expressions import parse_condition
from definitions.loaded import LoadedRepository
from definitions.rules.expected import of_sources
from definitions.rules.rule import Finding


def invalid_relation(loaded: LoadedRepository) -> Iterator[Finding]:
    """The condition of a `relation` is a boolean Spark SQL expression over the source's columns."""
    for expected in of_sources(loaded):
        if not isinstance(expected.expectation, Relation):
            continue
        try:
            parse_condition(expected.expectation.that, own_types(expected.source))
        except ExpressionError as error:
            yield expected.find(("that",), error.message, error.suggestion, error.offset)
