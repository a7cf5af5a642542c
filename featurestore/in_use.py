"""What applying definitions would take from those who use them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from definitions.columns import feature_columns
from definitions.diff import unchanged_views
from definitions.durations import DAY
from definitions.errors import RequestError
from definitions.fingerprint import column_fingerprint, view_fingerprint
from definitions.model import Definition, FeatureView, Repository
from definitions.relation import resolve_view
from featurestore.context import Context
from featurestore.governance.words import ASK_PLATFORM
from featurestore.references import Reference
from featurestore.resolve import Applied
from featurestore.uses import Uses, uses_of

OVERRIDE_DAYS: Final = 7
"""For how many days after an override a definition may be retired."""

_KINDS: Final = {"feature_view": "feature view", "feature_service": "feature service"}


@dataclass(frozen=True)
class InUse:
    """What stands against an application (`obstacles`, each with what to do), and what goes on beside it (`kept`,
    views with the version that others use)."""

    obstacles: tuple[str, ...]
    kept: tuple[tuple[str, int], ...]

    def refuse(self) -> None:
        """Refuse the application if anything stands against it.

        Raises:
            RequestError: with all obstacles.
        """
        if self.obstacles:
            raise RequestError("\n".join((*self.obstacles, "nothing was applied")))


def find_uses(context: Context, applied: Applied, after: Repository) -> InUse:
    """Look for users of what `after` retires, removes or computes otherwise.

    Retiring waits until nobody looked it up for a while and no model is bound; removing and computing otherwise mind
    others only. What others use is computed otherwise under the next version, beside which the former one goes on.
    """
    return _Search(context, applied, after).run()


@dataclass(frozen=True)
class _Search:
    context: Context
    applied: Applied
    after: Repository

    def run(self) -> InUse:
        obstacles: list[str] = []
        kept: list[tuple[str, int]] = []
        for kind, name, before in self._before():
            now = self._definitions(self.after, kind).get(name)
            if before.lifecycle.state == "retired":
                continue
            if now is None or now.lifecycle.state == "retired":
                obstacles += self._told(kind, name, self._retiring(kind, name, removed=now is None))
        obstacles += self._retired_versions()
        unchanged = unchanged_views(self.applied.repository, self.after)
        for name, view in self.after.feature_views.items():
            if name in unchanged:
                continue
            obstacle, version = self._computed_otherwise(name, view)
            obstacles += self._told("feature_view", name, [obstacle] if obstacle else [])
            kept += [(name, version)] if version else []
        return InUse(tuple(obstacles), tuple(kept))

    def _retired_versions(self) -> Iterator[str]:
        """Versions that are retired and asked for again."""
        retired = {version.online_name for version in self.applied.kept if version.retired_at is not None}
        for name, service in self.after.feature_services.items():
            for entry in service.features:
                if entry.online_name in retired:
                    yield (
                        f"feature service {name!r} names {entry.online_name}, which is retired; name {entry.view}, or "
                        "a version of it that is served"
                    )

    def _told(self, kind: str, name: str, obstacles: Iterable[str]) -> Iterator[str]:
        """The obstacles about a definition, as far as it may be told of to whoever applies."""
        is_seen = self.context.sees is None or self.context.sees(kind, name)
        for obstacle in obstacles:
            yield obstacle if is_seen else f"something that you cannot see is in use and would change; {ASK_PLATFORM}"

    def _before(self) -> Iterator[tuple[str, str, Definition]]:
        for kind in _KINDS:
            for name, definition in self._definitions(self.applied.repository, kind).items():
                yield kind, name, definition

    def _definitions(self, repository: Repository, kind: str) -> Mapping[str, Definition]:
        return repository.feature_views if kind == "feature_view" else repository.feature_services

    def _retiring(self, kind: str, name: str, removed: bool) -> Iterator[str]:
        uses = self._uses(kind, name)
        is_used = uses.by_others_than(self.context.principal()) if removed else bool(uses.online or uses.models)
        overridden = self.context.registry.lifecycles.overridden(self.context.clock.now() - OVERRIDE_DAYS * DAY)
        if is_used and (kind, name) not in overridden:
            done = "removed" if removed else "retired"
            yield (
                f"{_KINDS[kind]} {name!r} cannot be {done}: it is in use ({uses}); deprecate it first, with a date and "
                f'a successor, or override this with `featurestore retire {name} --force "REASON"`'
            )

    def _computed_otherwise(self, name: str, view: FeatureView) -> tuple[str, int]:
        """What stands against a view's new computation, and the version that has to go on beside it, if any (0)."""
        versions = self.applied.registry.versions("feature_view", name)
        before = self.applied.repository.feature_views.get(name)
        newest = versions[-1] if versions else None
        number = newest.version if newest is not None else 0
        is_same = newest is not None and newest.fingerprint == self._fingerprint(view)
        expected = number if is_same else number + 1
        if view.version is not None and view.version != expected:
            why = f"its computation is that of version {number}" if is_same else "its computation is a new one"
            return f"feature view {name!r} says version: {view.version}, but {why}; write version: {expected}", 0
        if is_same or before is None or before.lifecycle.state not in ("active", "deprecated"):
            return "", 0
        changed = self._changed_columns(before, view)
        uses = self._uses("feature_view", name) if changed else None
        if uses is None or not uses.by_others_than(self.context.principal()):
            return "", 0
        if view.version is None:
            return (
                f"feature view {name!r} is in use ({uses}) and computes {', '.join(changed)} otherwise; write version: "
                f"{expected} in it, and both are served, this one as {name}@{number} until it is retired"
            ), 0
        return "", number

    def _uses(self, kind: str, name: str) -> Uses:
        reference = Reference(name, service=name) if kind == "feature_service" else Reference(name, view=name)
        return uses_of(self.context, self.applied, reference)

    def _fingerprint(self, view: FeatureView) -> str:
        return view_fingerprint(view, resolve_view(view, self.after.sources), self.after.entities[view.entity])

    def _changed_columns(self, before: FeatureView, after: FeatureView) -> list[str]:
        """The columns that are gone or computed otherwise."""
        old, new = _computations(before, self.applied.repository), _computations(after, self.after)
        return [name for name, computation in old.items() if new.get(name) != computation]


def _computations(view: FeatureView, repository: Repository) -> dict[str, str]:
    source, entity = resolve_view(view, repository.sources), repository.entities[view.entity]
    return {each.name: column_fingerprint(each, view, source, entity) for each in feature_columns(view, source)}
