"""Services that ask a view for a column it does not have."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import column_names
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, entries_with_view
from definitions.suggest import suggest


def unknown_feature_column(loaded: LoadedRepository) -> Iterator[Finding]:
    """A feature service may ask for columns that the view has: `<feature>_<window>`, or `*` for all."""
    for service, position, entry, view in entries_with_view(loaded):
        columns = column_names(view)
        for place, name in enumerate(entry.features):
            if name != "*" and name not in columns:
                message = f"the feature view {view.name!r} has no column {name!r}"
                path = ("features", position, "features", place)
                yield Finding("feature_service", service.name, path, message, suggest(name, columns, "columns"))
