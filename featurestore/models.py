"""Models, bound to the features that they use, at the versions of now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from definitions.errors import RequestError
from definitions.fingerprint import view_fingerprint
from definitions.suggest import suggest
from featurestore.context import Context
from featurestore.fetches import resolve_fetch
from featurestore.registry.models import BoundColumn, BoundModel
from featurestore.resolve import Applied, Features

if TYPE_CHECKING:
    from featurestore.guard import Guard


def bind_model(
    context: Context,
    guard: Guard,
    name: str,
    features: Features,
    version: str | None,
    owner: str | None,
    stage: str | None,
) -> BoundModel:
    """Remember that a model uses a service or references, in the versions that their views have now.

    Raises:
        RequestError: the model has no name, or a feature is unknown or retired.
        AccessError: somebody else bound it.
    """
    if not name.strip():
        raise RequestError("a model needs a name to be bound under")
    _require_own(context, guard, name, version or "")
    listed = [features] if isinstance(features, str) else list(features)
    who, now = context.principal(), context.clock.now()
    # What is resolved stays applied until it is bound; who retires it after that, finds the model.
    with context.registry.changing_definitions():
        resolve_fetch(context, features)
        columns = tuple(_bound_columns(context.applied(), features))
        return context.registry.models.bind(name, version or "", listed, columns, owner, stage, who, now)


def unbind_model(context: Context, guard: Guard, name: str, version: str | None) -> tuple[BoundModel, ...]:
    """Remember that a model, or one version of it, uses its features no more.

    Raises:
        RequestError: no such model is bound.
        AccessError: somebody else bound it.
    """
    _require_own(context, guard, name, version)
    unbound = context.registry.models.unbind(name, version, context.principal(), context.clock.now())
    if not unbound:
        bound = seen_models(context)
        if name in {model.name for model in bound}:
            versions = ", ".join(model.version or "none" for model in bound if model.name == name)
            raise RequestError(f"model {name!r} is not bound in version {version!r}; its versions are {versions}")
        hint = suggest(name, {model.name for model in bound}, "models that are bound")
        raise RequestError(f"no model {name!r} is bound; {hint}")
    return unbound


def seen_models(context: Context, models: Iterable[BoundModel] | None = None) -> tuple[BoundModel, ...]:
    """The `models`, or all that are bound, each with what of its features may be told of; without those that have
    none."""
    found = context.registry.models.bound() if models is None else models
    return tuple(seen for model in found if (seen := _as_seen(context, model)) is not None)


def _as_seen(context: Context, model: BoundModel) -> BoundModel | None:
    columns = tuple(column for column in model.columns if context.sees_view(column.view))
    if not columns:
        return None
    if len(columns) == len(model.columns):
        return model
    named = (name for name in model.features if ":" in name and context.sees_view(name.partition(":")[0]))
    return replace(model, columns=columns, features=tuple(named))


def _require_own(context: Context, guard: Guard, name: str, version: str | None) -> None:
    """Make sure that what is bound is one's own: bound by oneself, or owned; the platform's admins may all."""
    who = guard.principal()
    for model in context.registry.models.bound():
        if model.name == name and version in (None, model.version) and who not in (model.bound_by, model.owner):
            guard.require_platform(f"bind or unbind the model {model.title}, which {model.bound_by} bound")


def _bound_columns(applied: Applied, features: Features) -> Iterator[BoundColumn]:
    for entry in applied.entries(features):
        columns = applied.resolve_entry(entry)
        if not columns:
            continue
        first = columns[0]
        version = entry.version or applied.versions(entry.view)[-1].version
        fingerprint = view_fingerprint(first.view, first.source, first.entity)
        for column in columns:
            yield BoundColumn(entry.view, column.column.name, version, fingerprint)
