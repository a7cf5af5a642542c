"""Opening a store's parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from definitions.model import Source
from featurestore.clock import Clock
from featurestore.config import Configuration
from featurestore.context import Context
from featurestore.engine_choice import ChosenEngine, choose_engine
from featurestore.registry.registry import Registry
from featurestore.resolve import Applied

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from featurestore.online.protocol import OnlineStore
    from featurestore.registry.findings import Finding


def open_context(
    configuration: Configuration,
    clock: Clock,
    online: Callable[[], OnlineStore],
    principal: Callable[[], str],
    sees_finding: Callable[[Finding], bool],
    spark: SparkSession | None = None,
) -> Context:
    """Open the registry, which is created or brought up to date; the engine is chosen when it is first needed."""
    registry = Registry.open(configuration.registry)

    def sources() -> Iterable[Source]:
        return Applied(registry.definitions, registry.definitions.revision()).repository.sources.values()

    def choose() -> ChosenEngine:
        return choose_engine(configuration.engine, configuration.root, sources, spark)

    return Context(configuration, registry, choose, clock, online, principal, sees_finding)
