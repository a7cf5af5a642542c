"""References as people type them: a service, a view, or columns of one, perhaps in a version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from definitions.columns import column_names
from definitions.errors import RequestError
from definitions.fingerprint import view_fingerprint
from definitions.model import FeatureView, ServiceEntry
from definitions.relation import names_read
from definitions.suggest import suggest

if TYPE_CHECKING:
    from featurestore.resolve import Applied


@dataclass(frozen=True, slots=True)
class Reference:
    """A service (`service` alone), or a view, one of its versions if `version` is given, one column if `column` is."""

    text: str
    service: str | None = None
    view: str = ""
    version: int | None = None
    column: str | None = None

    @property
    def online_name(self) -> str:
        """What the view is called online."""
        return self.view if self.version is None else f"{self.view}@{self.version}"


def read_reference(applied: Applied, text: str) -> Reference:
    """Read `service`, `view`, `view@2`, `view:column`, `view:*` or `view@2:column`.

    Raises:
        RequestError: there is no such service, view, version or column; the message suggests the nearest name.
    """
    views, services = applied.repository.feature_views, applied.repository.feature_services
    if text in services:
        return Reference(text, service=text)
    named, _, column = text.partition(":")
    view, at, version = named.partition("@")
    if not applied.versions(view):
        hint = suggest(text, [*services, *views], "feature services and views")
        raise RequestError(f"there is no feature service or view {view!r}; {hint}")
    if at and not version.isdigit():
        raise RequestError(f"{text!r} names no version; write {view}@2, or {view} for whichever version")
    found = Reference(text, None, view, int(version) if at else None, None if column in ("", "*") else column)
    names = column_names(_definition(applied, found))
    if found.column is not None and found.column not in names:
        raise RequestError(f"{found.online_name!r} has no column {column!r}; {suggest(column, names, 'columns')}")
    return found


def fingerprints_of(applied: Applied, reference: Reference) -> frozenset[str] | None:
    """The fingerprints that a version of a view has or had; None where no version is named."""
    if reference.version is None:
        return None
    versions = applied.versions(reference.view)
    found = {item.fingerprint for item in versions if item.version == reference.version}
    view, repository = _definition(applied, reference), applied.repository
    if view.entity in repository.entities and names_read(view, repository.sources) <= repository.sources.keys():
        # Its source may have changed since, and with it what it computes.
        column = applied.resolve_entry(ServiceEntry(view=reference.view, version=reference.version))[0]
        found.add(view_fingerprint(column.view, column.source, column.entity))
    return frozenset(found)


def _definition(applied: Applied, reference: Reference) -> FeatureView:
    """The view in the version that is named; else as it is applied, or was last."""
    if reference.version is None and reference.view in applied.repository.feature_views:
        return applied.repository.feature_views[reference.view]
    number = reference.version or applied.versions(reference.view)[-1].version
    return applied.view(ServiceEntry(view=reference.view, version=number))
