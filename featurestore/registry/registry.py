"""The registry as one holder of its concepts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from featurestore.registry.acceptances import AcceptanceRegistry
from featurestore.registry.audit import AuditRegistry
from featurestore.registry.bases import BaseRegistry
from featurestore.registry.database import hold, open_database, upgrade, writing
from featurestore.registry.declassifications import DeclassificationRegistry
from featurestore.registry.erasures import ErasureRegistry
from featurestore.registry.feature_columns import FeatureColumnRegistry
from featurestore.registry.findings import FindingRegistry
from featurestore.registry.generations import GenerationRegistry
from featurestore.registry.grants import GrantRegistry
from featurestore.registry.holds import HoldRegistry
from featurestore.registry.kept_lookups import KeptLookupRegistry
from featurestore.registry.late_rows import LateRowsRegistry
from featurestore.registry.leases import LeaseRegistry
from featurestore.registry.lifecycles import LifecycleRegistry
from featurestore.registry.models import ModelRegistry
from featurestore.registry.notices import NoticeRegistry
from featurestore.registry.people import PeopleRegistry
from featurestore.registry.profiles import ProfileRegistry
from featurestore.registry.runs import RunRegistry
from featurestore.registry.segments import SegmentRegistry
from featurestore.registry.serving import ServingRegistry
from featurestore.registry.source_files import SourceFileRegistry
from featurestore.registry.tokens import TokenRegistry
from featurestore.registry.unmet_searches import UnmetSearchRegistry
from featurestore.registry.usage import UsageRegistry
from featurestore.registry.waivers import WaiverRegistry

if TYPE_CHECKING:
    from featurestore.registry.definitions import DefinitionRegistry


@dataclass(frozen=True)
class Registry:
    """What the product remembers, one attribute per concept, all in the database of `engine`."""

    engine: Engine
    segments: SegmentRegistry
    bases: BaseRegistry
    leases: LeaseRegistry
    source_files: SourceFileRegistry
    generations: GenerationRegistry
    holds: HoldRegistry
    runs: RunRegistry
    late_rows: LateRowsRegistry
    findings: FindingRegistry
    profiles: ProfileRegistry
    acceptances: AcceptanceRegistry
    notices: NoticeRegistry
    serving: ServingRegistry
    erasures: ErasureRegistry
    people: PeopleRegistry
    tokens: TokenRegistry
    grants: GrantRegistry
    declassifications: DeclassificationRegistry
    audit: AuditRegistry
    feature_columns: FeatureColumnRegistry
    waivers: WaiverRegistry
    unmet_searches: UnmetSearchRegistry
    usage: UsageRegistry
    kept_lookups: KeptLookupRegistry
    models: ModelRegistry
    lifecycles: LifecycleRegistry

    @classmethod
    def open(cls, url: str) -> Registry:
        """Connect to the registry at a SQLAlchemy URL and bring its tables up to date.

        Raises:
            ConfigurationError: it cannot be reached, or a newer version of this product made it.
        """
        engine = open_database(url)
        upgrade(engine)
        return cls(
            engine=engine,
            segments=SegmentRegistry(engine),
            bases=BaseRegistry(engine),
            leases=LeaseRegistry(engine),
            source_files=SourceFileRegistry(engine),
            generations=GenerationRegistry(engine),
            holds=HoldRegistry(engine),
            runs=RunRegistry(engine),
            late_rows=LateRowsRegistry(engine),
            findings=FindingRegistry(engine),
            profiles=ProfileRegistry(engine),
            acceptances=AcceptanceRegistry(engine),
            notices=NoticeRegistry(engine),
            serving=ServingRegistry(engine),
            erasures=ErasureRegistry(engine),
            people=PeopleRegistry(engine),
            tokens=TokenRegistry(engine),
            grants=GrantRegistry(engine),
            declassifications=DeclassificationRegistry(engine),
            audit=AuditRegistry(engine),
            feature_columns=FeatureColumnRegistry(engine),
            waivers=WaiverRegistry(engine),
            unmet_searches=UnmetSearchRegistry(engine),
            usage=UsageRegistry(engine),
            kept_lookups=KeptLookupRegistry(engine),
            models=ModelRegistry(engine),
            lifecycles=LifecycleRegistry(engine),
        )

    @cached_property
    def definitions(self) -> DefinitionRegistry:
        """The applied definitions; loading this one loads pydantic, which serving does without."""
        from featurestore.registry.definitions import DefinitionRegistry

        return DefinitionRegistry(self.engine)

    @contextmanager
    def changing_definitions(self) -> Iterator[int]:
        """One transaction of all that the block writes and reads, in which nobody else applies, retires or binds to
        definitions; gives the revision that stands.

        Raises:
            ConfigurationError: the database does not answer; nothing was changed, unless it was lost at the very end.
        """
        with writing(self.engine) as connection:
            yield hold(connection, "definitions")

    def close(self) -> None:
        """Release the connections; using the registry again opens new ones."""
        self.engine.dispose()
