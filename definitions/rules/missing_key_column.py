"""Views whose source does not hold the entity's keys, or holds them as something else."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import column_types
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, Path, views_with_source
from definitions.suggest import suggest


def missing_key_column(loaded: LoadedRepository) -> Iterator[Finding]:
    """A feature view's source has a column of the same type for each key of its entity; `keys` maps other names, and
    columns of dimensions (`planes.manufacturer`)."""
    for view, source in views_with_source(loaded):
        entity = loaded.repository.entities.get(view.entity)
        if entity is None:
            continue
        types = column_types(source)
        for key, data_type in entity.keys.items():
            column = view.keys.get(key, key)
            path: Path = ("keys", key) if key in view.keys else ("entity",)
            if column not in types:
                message = f"the source {source.name!r} has no column {column!r} for the key {key!r}"
                hint = suggest(column, types, "columns")
                if key not in view.keys:
                    hint = f"{hint} say which column it is with keys: {{{key}: ..}}"
                yield Finding("feature_view", view.name, path, message, hint)
            elif types[column] != data_type:
                message = f"the column {column!r} is {types[column]}, the key {key!r} is {data_type}"
                yield Finding("feature_view", view.name, path, message, "declare them with the same type")
