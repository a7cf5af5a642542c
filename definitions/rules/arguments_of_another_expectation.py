"""Expectations of Great Expectations with arguments that they do not take, or without some that they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.great_expectations import COLUMN, MOSTLY, ROWS_COUNTED, columns_in_arguments, known_expectations
from definitions.loaded import LoadedRepository
from definitions.relation import own_columns
from definitions.rules.great_expectations import NamedExpectation, named_expectations
from definitions.rules.rule import Finding
from definitions.suggest import suggest


def arguments_of_another_expectation(loaded: LoadedRepository) -> Iterator[Finding]:
    """`arguments` are those that Great Expectations gives the expectation, the required ones among them; its column
    stands beside it as `column`, and what it calls `mostly` may be written as `at_least`."""
    for expected in named_expectations(loaded):
        takes = known_expectations().get(expected.check.expectation)
        if takes is not None and not expected.check.expectation.startswith(ROWS_COUNTED):
            yield from _unknown(expected, takes)
            yield from _missing(expected, takes)
            yield from _about_columns(expected, takes)
            yield from _shares(expected, takes)


def _unknown(expected: NamedExpectation, takes: Mapping[str, bool]) -> Iterator[Finding]:
    others = [name for name in takes if name != COLUMN]
    for argument in expected.check.arguments:
        path = ("arguments", argument)
        if argument == COLUMN and COLUMN in takes:
            hint = "leave it out: it is the feature's own" if expected.source is None else "write column: beside check:"
            yield expected.find(path, "the column is no argument", hint)
        elif argument not in takes:
            message = f"{expected.check.expectation!r} takes no argument {argument!r}"
            yield expected.find(path, message, suggest(argument, others, "arguments"))


def _missing(expected: NamedExpectation, takes: Mapping[str, bool]) -> Iterator[Finding]:
    given = expected.check.arguments
    missing = [name for name, required in takes.items() if required and name != COLUMN and name not in given]
    if missing:
        message = f"{expected.check.expectation!r} needs {', '.join(missing)}"
        yield expected.find(("arguments",) if given else ("expectation",), message, "write arguments: {..} with it")


def _about_columns(expected: NamedExpectation, takes: Mapping[str, bool]) -> Iterator[Finding]:
    name, source = expected.check.expectation, expected.source
    if source is None:
        if COLUMN not in takes:
            yield expected.find(("expectation",), f"{name!r} is about a table", "expect it of the source")
        return
    if expected.check.column is None and COLUMN in takes and COLUMN not in expected.check.arguments:
        yield expected.find(("expectation",), f"{name!r} does not say of which column", "add column:")
    if expected.check.column is not None and COLUMN not in takes:
        yield expected.find(("column",), f"{name!r} is not about one column", "leave column: out")
    declared = own_columns(source)
    for path, column in columns_in_arguments(expected.check):
        if declared and column not in declared:
            message = f"the source {source.name!r} has no column {column!r}"
            yield expected.find(("arguments", *path), message, suggest(str(column), declared, "columns"))


def _shares(expected: NamedExpectation, takes: Mapping[str, bool]) -> Iterator[Finding]:
    if expected.check.at_least == 1:
        return
    if MOSTLY not in takes:
        message = f"{expected.check.expectation!r} is not about a share of the values"
        yield expected.find(("at_least",), message, "leave at_least: out")
    elif MOSTLY in expected.check.arguments:
        yield expected.find(("at_least",), "at_least and mostly are the same", "leave one of them out")
