"""The nouns of a store: what is not done in one call, such as people, rights and usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.opened_store import OpenedStore

if TYPE_CHECKING:
    from featurestore.access import Access
    from featurestore.audit import Audit
    from featurestore.checks.checks import Checks
    from featurestore.hbase_operations import HBaseOperations
    from featurestore.reuse.waive import Gate
    from featurestore.teams import Teams
    from featurestore.tokens import Tokens
    from featurestore.usage import UsageReader


class StoreNouns:
    """What `store.<noun>` gives; the verbs are those of `FeatureStore`."""

    _opened: OpenedStore

    @property
    def gate(self) -> Gate:
        """What opens the gate to rebuilds: waivers, and what each team has chosen."""
        from featurestore.reuse.waive import Gate

        return Gate(self._opened.seen, self._opened.guard, self._opened.is_alone)

    @property
    def checks(self) -> Checks:
        """Whether rows and values are as they are expected to be, and what is held back if not."""
        from featurestore.checks.checks import Checks

        return Checks(self._opened)

    @property
    def usage(self) -> UsageReader:
        """Who uses what: `store.usage.of("view:column")` for one thing, `store.usage.ranking()` for all features."""
        from featurestore.usage import UsageReader

        self._opened.guard.be_here()
        return UsageReader(self._opened.seen, self._opened.flush_usage)

    @property
    def hbase(self) -> HBaseOperations:
        """Operations on the HBase that holds online rows."""
        from featurestore.hbase_operations import HBaseOperations

        self._opened.guard.require_platform("look after HBase")
        return HBaseOperations(self._opened.configuration)

    @property
    def access(self) -> Access:
        """Requests for rights on sources and views, and grants."""
        from featurestore.access import Access

        return Access(lambda: self._opened.context, self._opened.guard, self._opened.changed)

    @property
    def teams(self) -> Teams:
        """People, services and teams."""
        from featurestore.teams import Teams

        return Teams(lambda: self._opened.context, self._opened.guard, self._opened.changed)

    @property
    def tokens(self) -> Tokens:
        """Tokens of people and services."""
        from featurestore.tokens import Tokens

        return Tokens(lambda: self._opened.context, self._opened.guard, self._opened.changed)

    @property
    def audit(self) -> Audit:
        """What was done, by whom."""
        from featurestore.audit import Audit

        return Audit(lambda: self._opened.context, self._opened.guard, self._opened.changed)
