"""Services that would answer two things under one name."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.columns import column_names
from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding, entries_with_view


def clashing_service_columns(loaded: LoadedRepository) -> Iterator[Finding]:
    """The columns of a service have different names, none of them a join key's: give an entry a prefix."""
    answers: dict[tuple[str, str], tuple[object, ...]] = {}
    keys: dict[str, set[str]] = {}
    for service, position, entry, view in entries_with_view(loaded):
        entity = loaded.repository.entities.get(view.entity)
        if entity is not None:
            keys.setdefault(service.name, set()).update(entry.join_keys.get(key, key) for key in entity.keys)
        role = tuple(sorted(entry.join_keys.items()))
        known = column_names(view)
        asked = [name for each in entry.features for name in (known if each == "*" else (each,)) if name in known]
        for column in dict.fromkeys(asked):
            answer = (view.name, entry.version, column, role)
            first = answers.setdefault((service.name, entry.prefix + column), answer)
            if first != answer:
                message = f"the column {entry.prefix + column!r} is there already, as {first[0]}:{first[2]}"
                hint = "give one of the entries a prefix"
                yield Finding("feature_service", service.name, ("features", position), message, hint)
    for service_name, column in answers:
        if column in keys.get(service_name, ()):
            message = f"the column {column!r} has the name of a join key"
            yield Finding("feature_service", service_name, ("features",), message, "give the entry a prefix")
