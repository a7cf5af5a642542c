"""The impact of whatever people name: sources and their columns, views, feature columns, services."""

from __future__ import annotations

from definitions.errors import RequestError
from definitions.suggest import suggest
from featurestore.context import Context
from featurestore.downstream import Downstream, trace_downstream
from featurestore.impact import Impact, trace_impact
from featurestore.references import read_reference


def trace_reference(context: Context, text: str, retiring: bool) -> Impact | Downstream:
    """What depends on `source`, `source:column`, `source.column`, or on a service, a view or its columns.

    Raises:
        RequestError: it is unknown, or a source is to be retired; the message suggests the nearest name.
    """
    applied = context.applied()
    repository = applied.repository
    name, separator, column = text.replace(".", ":", 1).partition(":")
    if name in repository.sources and column != "*":
        if retiring:
            raise RequestError(f"{name!r} is a source; what is retired are views, their columns and feature services")
        return trace_impact(applied, name, column if separator else None)
    view = name.partition("@")[0]
    if name not in repository.feature_services and not applied.versions(view):
        known = [*repository.sources, *repository.feature_views, *repository.feature_services]
        hint = suggest(name, known, "sources, views and services")
        raise RequestError(f"there is no source, feature view or service {name!r}; {hint}")
    return trace_downstream(context, applied, read_reference(applied, text), retiring)
