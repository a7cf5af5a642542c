"""Models, bound to the features that they use, at the versions of now."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.errors import RequestError
from definitions.fingerprint import view_fingerprint
from definitions.suggest import suggest
from featurestore.context import Context
from featurestore.fetches import resolve_fetch
from featurestore.registry.models import BoundColumn, BoundModel
from featurestore.resolve import Applied, Features


def bind_model(
    context: Context, name: str, features: Features, version: str | None, owner: str | None, stage: str | None
) -> BoundModel:
    """Remember that a model uses a service or references, in the versions that their views have now.

    Raises:
        RequestError: the model has no name, or a feature is unknown or retired.
    """
    if not name.strip():
        raise RequestError("a model needs a name to be bound under")
    resolve_fetch(context, features)
    columns = tuple(_bound_columns(context.applied(), features))
    listed = [features] if isinstance(features, str) else list(features)
    who, now = context.principal(), context.clock.now()
    return context.registry.models.bind(name, version or "", listed, columns, owner, stage, who, now)


def unbind_model(context: Context, name: str, version: str | None) -> tuple[BoundModel, ...]:
    """Remember that a model, or one version of it, uses its features no more.

    Raises:
        RequestError: no such model is bound.
    """
    unbound = context.registry.models.unbind(name, version, context.principal(), context.clock.now())
    if not unbound:
        bound = context.registry.models.bound()
        if name in {model.name for model in bound}:
            versions = ", ".join(model.version or "none" for model in bound if model.name == name)
            raise RequestError(f"model {name!r} is not bound in version {version!r}; its versions are {versions}")
        hint = suggest(name, {model.name for model in bound}, "models that are bound")
        raise RequestError(f"no model {name!r} is bound; {hint}")
    return unbound


def _bound_columns(applied: Applied, features: Features) -> Iterator[BoundColumn]:
    for entry in applied.entries(features):
        columns = applied.resolve_entry(entry)
        if not columns:
            continue
        first = columns[0]
        version = entry.version or applied.registry.versions("feature_view", entry.view)[-1].version
        fingerprint = view_fingerprint(first.view, first.source, first.entity)
        for column in columns:
            yield BoundColumn(entry.view, column.column.name, version, fingerprint)
