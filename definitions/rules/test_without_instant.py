"""Tests of a view that do not say when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def test_without_instant(loaded: LoadedRepository) -> Iterator[Finding]:
    """A test's `at` is an instant or a date, unquoted; it is UTC unless it says otherwise."""
    for view in loaded.repository.feature_views.values():
        for position, test in enumerate(view.tests):
            if not isinstance(test.at, date):
                message = f"'at' is no instant: {test.at!r}"
                hint = "write it like 2013-01-02T02:00:00, without quotes"
                yield Finding("feature_view", view.name, ("tests", position, "at"), message, hint)
