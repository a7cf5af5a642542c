"""The generations of a view as people want to see them before they go back to one."""

from __future__ import annotations

from dataclasses import dataclass

from definitions.errors import RequestError
from definitions.suggest import suggest
from featurestore.context import Context
from featurestore.registry.generations import DROPPED, Generation
from featurestore.registry.holds import Hold


@dataclass(frozen=True)
class ViewGeneration:
    """A generation of a view: complete up to `watermark`, made at `created_at` (UTC microseconds both).

    `state` is building, current, previous or dropped. `version` is the definition's version that computes it, None if
    the registry knows none; `rows` is how many entities it holds, None once it was dropped. `hold` keeps readers on it.
    """

    number: int
    state: str
    watermark: int | None
    fingerprint: str
    version: int | None
    rows: int | None
    created_at: int
    hold: Hold | None


def list_generations(context: Context, view: str) -> tuple[ViewGeneration, ...]:
    """All generations of a view, or of `view@version`, oldest first, dropped ones included.

    Raises:
        RequestError: the view was never online.
    """
    registry = context.registry
    found = registry.generations.of(view)
    if not found:
        known = sorted(name.removeprefix("view:") for name in registry.serving.names() if name.startswith("view:"))
        raise RequestError(f"{view!r} was never published; {suggest(view, known, 'views that were')}")
    versions = registry.definitions.versions("feature_view", view.partition("@")[0])
    by_fingerprint = {version.fingerprint: version.version for version in versions}
    hold = registry.holds.of(view)
    return tuple(
        ViewGeneration(
            number=item.id,
            state=item.state,
            watermark=item.watermark,
            fingerprint=item.fingerprint,
            version=by_fingerprint.get(item.fingerprint),
            rows=_rows(context, item),
            created_at=item.created_at,
            hold=hold if hold is not None and hold.generation_id == item.id else None,
        )
        for item in found
    )


def _rows(context: Context, generation: Generation) -> int | None:
    return None if generation.state == DROPPED else context.online().count(generation.id)
