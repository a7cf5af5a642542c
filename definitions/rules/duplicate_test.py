"""Views with two tests of one name."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding


def duplicate_test(loaded: LoadedRepository) -> Iterator[Finding]:
    """The tests of a view have different names."""
    for view in loaded.repository.feature_views.values():
        seen: set[str] = set()
        for position, test in enumerate(view.tests):
            if test.name in seen:
                message = f"the view has a test {test.name!r} already"
                yield Finding("feature_view", view.name, ("tests", position, "name"), message, "rename it")
            seen.add(test.name)
