"""Checks as people use them: run, look at, accept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from definitions.errors import RequestError
from definitions.model import FeatureView
from definitions.suggest import suggest
from featurestore.checks.report import CheckReport
from featurestore.registry.findings import Finding

if TYPE_CHECKING:
    from featurestore.checks.profiles import RowsProfile
    from featurestore.checks.suggest import Suggestion
    from featurestore.opened_store import OpenedStore


@dataclass(frozen=True)
class Checks:
    """The checks of one store, for its principal."""

    opened: OpenedStore

    def run(
        self, views: Sequence[str] | None = None, *, since: int | str | None = None, full: bool = False
    ) -> CheckReport:
        """Check the sources of views, or of all that one manages, and how stable their values are, as they are now;
        findings are kept, and settled where they hold again.

        Args:
            views: which.
            since: an instant; only days of sources from it on are looked at. Eight weeks without it.
            full: look at the values of all entities, and not of a sample.

        Raises:
            RequestError: an unknown view.
            AccessError: one that the principal does not manage.
            SourceError: a source cannot be read.
        """
        from featurestore.checks.run import run_checks

        chosen = self._chosen(views)
        first = None if since is None else self.opened.instant(since)
        shows_rows = not any(self.opened.guard.lacking(name) for name in chosen)
        self.opened.flush_usage()
        return run_checks(self.opened.seen, chosen, first, full, shows_rows)

    def profile(self, view: str) -> tuple[RowsProfile, ...]:
        """What the sources of a view are like over their last weeks, and the values of all its entities at the latest
        boundary.

        Raises:
            RequestError: an unknown view.
            AccessError: its values may not be read, or it is not the principal's to manage.
            SourceError: a source cannot be read.
        """
        from featurestore.checks.profiles import profile_view

        chosen = self._chosen([view])
        columns = self.opened.seen.applied().view_columns(chosen[view])
        self.opened.guard.read(columns)
        return profile_view(self.opened.seen, columns)

    def suggest(self, view: str, *, full: bool = False) -> Suggestion:
        """What to expect of the sources that a view reads and of its features, by what held on the days and at the
        boundaries that there are; YAML to paste. With `full` by the values of all entities, and not of a sample.

        Raises:
            RequestError: an unknown view.
            AccessError: its values may not be read, or it is not the principal's to manage.
            SourceError: a source cannot be read.
        """
        from featurestore.checks.suggest import suggest_expectations

        chosen = self._chosen([view])
        applied = self.opened.seen.applied()
        self.opened.guard.read(applied.view_columns(chosen[view]))
        return suggest_expectations(self.opened.seen, applied, view, full)

    def write_data_docs(self, views: Sequence[str] | None, folder: Path) -> Path:
        """Figures of the days of the views' sources, and samples of their rows, as the Data Docs of Great Expectations.

        Returns:
            The page to begin with.

        Raises:
            RequestError: an unknown view.
            AccessError: the values of one may not be read, or it is not the principal's to manage.
            ConfigurationError: Great Expectations is not installed.
        """
        from featurestore.checks.data_docs import write_data_docs

        chosen, applied = self._chosen(views), self.opened.seen.applied()
        self.opened.guard.read(column for view in chosen.values() for column in applied.view_columns(view))
        return write_data_docs(self.opened.seen, applied, chosen, folder)

    def accept(self, finding: str, reason: str) -> Finding:
        """Let pass what a finding holds back, as it is now; the next `materialize` takes it in.

        Raises:
            RequestError: no such finding holds anything, or there is no reason.
            AccessError: only approvers of the team that it is about may.
        """
        from featurestore.checks.accept import accept_finding

        return accept_finding(self.opened.seen, self.opened.guard, finding, reason)

    def break_glass(self, views: Sequence[str] | None, reason: str) -> tuple[Finding, ...]:
        """Let pass all that is held back of what views read and of their values, by any author of theirs.

        Raises:
            RequestError: there is no reason, or an unknown view.
            AccessError: the principal manages none of them.
        """
        from featurestore.checks.accept import break_glass

        return break_glass(self.opened.seen, self.opened.guard, list(self._chosen(views)), reason)

    def _chosen(self, views: Sequence[str] | None) -> dict[str, FeatureView]:
        """The views by name, if they may be managed."""
        self.opened.guard.be_here("manage")
        applied = self.opened.seen.applied()
        known = {**applied.repository.feature_views, **applied.pinned_views()}
        if not known:
            raise RequestError("no feature views are applied; run `featurestore apply` first")
        for name in views or ():
            if name not in known:
                raise RequestError(f"there is no feature view {name!r}; {suggest(name, known, 'feature views')}")
        chosen = self.opened.managed(views)
        if chosen is None:
            return {name: view for name, view in known.items() if view.lifecycle.state != "retired"}
        return {name: known[name] for name in chosen}
