"""An opened store: its parts, made when they are first needed, and what its principal may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from weakref import finalize

from definitions.errors import AccessError
from featurestore.clock import Clock, parse_instant
from featurestore.config import Configuration
from featurestore.principal import principal

if TYPE_CHECKING:
    from datetime import datetime

    from pyspark.sql import SparkSession

    from builders.request import RequestedColumn
    from featurestore.context import Context
    from featurestore.frames import Frame
    from featurestore.guard import Guard
    from featurestore.lookup import Lookup
    from featurestore.lookup_sample import LookupSample
    from featurestore.online.protocol import OnlineStore
    from featurestore.registry.acting import Acting
    from featurestore.registry.findings import Finding
    from featurestore.registry.serving_reader import ServingReader
    from featurestore.use_counts import UseCounts


@dataclass(eq=False)
class OpenedStore:
    """What the verbs of a store work with.

    `clock` is the time at which data are looked at, `wall_clock` that of what expires and is audited. `notify` is told,
    once, that nobody's rights hold although people are registered.
    """

    configuration: Configuration
    clock: Clock
    wall_clock: Clock
    token: str | None = field(repr=False)
    spark: SparkSession | None = None
    notify: Callable[[str], None] | None = None

    def instant(self, given: int | str | datetime | None) -> int:
        if given is None:
            return self.clock.now()
        return given if isinstance(given, int) else parse_instant(given)

    @cached_property
    def context(self) -> Context:
        """All parts, whatever the principal sees."""
        from featurestore.opening import open_context

        if self.token is not None:
            # Nothing is opened, made or brought up to date for whoever is not known.
            self.guard.be_here()
        who = self.guard.principal
        context = open_context(self.configuration, self.clock, lambda: self.online, who, self._tells, self.spark)
        self._tell_mode()
        return context

    @cached_property
    def seen(self) -> Context:
        """The same, with what its principal sees of the definitions."""
        return replace(self.as_author, seen=self.guard.seen)

    @cached_property
    def as_author(self) -> Context:
        """All parts and all definitions, with what of them may be told to its principal, and offered to be used."""
        if self.token is None:
            return self.context
        from featurestore.reuse.reach import Reach

        return replace(
            self.context, sees=self.guard.sees, reach=Reach(self.guard, self.context.registry.grants.requests)
        )

    def _tells(self, finding: Finding) -> bool:
        """Whether its principal may be told of a finding; of none once its token has ended, maybe during a run."""
        try:
            return self.guard.sees_finding(finding)
        except AccessError:
            return False

    @cached_property
    def guard(self) -> Guard:
        """Who works with the store, what they see, and whether they may."""
        from featurestore.company_reader import CompanyReader
        from featurestore.guard import Guard

        known = CompanyReader(self._open_reader, self.wall_clock)
        return Guard(known, self.token, user=principal, record=self._record)

    def _open_reader(self) -> ServingReader:
        """The serving records: of the registry that is open, or of as little of one as can be opened."""
        from featurestore.registry.serving_reader import open_serving_reader

        opened: Context | None = self.__dict__.get("context")
        return open_serving_reader(self.configuration.registry) if opened is None else opened.registry.serving

    def readable(self, features: str | Sequence[str]) -> tuple[RequestedColumn, ...]:
        """The columns that `features` names, if their values may be read."""
        columns = self.seen.applied().resolve(features)
        self.guard.read(columns)
        return columns

    def fetched(self, features: str | Sequence[str]) -> tuple[RequestedColumn, ...]:
        """The columns that `features` names, if their values may be read; what is deprecated is said."""
        from featurestore.fetches import resolve_fetch

        columns = resolve_fetch(self.seen, features)
        self.guard.read(columns)
        return columns

    def permitted(self, frame: Frame) -> Frame:
        """The frame, if its values may be read."""
        self.guard.read(frame.columns)
        return frame

    def managed(self, views: Sequence[str] | None) -> Sequence[str] | None:
        """The views to work on, if they may be managed."""
        return views if self.token is None else self.guard.manage(views, self.seen.applied())

    def _record(self, acting: Acting, action: str, subject: str, detail: dict[str, Any]) -> None:
        self.context.registry.audit.append(acting, action, subject, detail)
        self._seal()

    def changed(self) -> None:
        """After a change of people, rights or definitions."""
        self.guard.known.forget()
        self._seal()

    def _seal(self) -> None:
        """Seal what was audited, where the key is."""
        from featurestore.audit_key import load_audit_key

        key = load_audit_key(self.configuration)
        if key is not None:
            self.context.registry.audit.seal(key)

    def _tell_mode(self) -> None:
        if self.notify is not None and self.guard.mode == "trusted":
            self.notify(
                "trusted-administrator mode: no token was given, so you work on the database and the files directly"
            )
        self.notify = None

    @cached_property
    def online(self) -> OnlineStore:
        from featurestore.online.opening import open_online_store

        return open_online_store(self.configuration)

    @cached_property
    def lookup(self) -> Lookup:
        from featurestore.lookup import Lookup
        from featurestore.registry.serving_reader import open_serving_reader

        reader = open_serving_reader(self.configuration.registry)
        self._tell_mode()
        guard = None if self.token is None else self.guard
        return Lookup(reader, self.online, self.clock, self.counts, self.sample, guard)

    @cached_property
    def counts(self) -> UseCounts:
        from featurestore.registry.usage_writer import open_usage_writer
        from featurestore.use_counts import UseCounts

        url = self.configuration.registry
        # Their thread goes on until the store is let go of, so they must hold nothing of it. A token stays one's own.
        who = principal if self.token is None else partial(str, self.guard.principal())
        interval = self.configuration.usage.flush
        counts = UseCounts(lambda: open_usage_writer(url), self.clock, who, interval, self.sample)
        # At the end of the process too, if the store lives that long.
        finalize(self, counts.close)
        return counts

    @cached_property
    def sample(self) -> LookupSample:
        from featurestore.lookup_sample import LookupSample

        return LookupSample(self.configuration.skew.sample)

    @property
    def is_alone(self) -> bool:
        """Whether nobody is registered, so that whoever asks agrees as well."""
        return self.guard.mode == "embedded"

    def flush_usage(self) -> bool:
        """Add what was counted, and the look-ups that are kept, to the registry; False if it does not take it."""
        return "counts" not in self.__dict__ or self.counts.flush()
