"""Opening a store's parts: the registry, the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from builders.duckdb.connection import DuckDBSettings
from builders.duckdb.engine import DuckDBEngine
from featurestore.clock import Clock
from featurestore.config import Configuration
from featurestore.context import Context
from featurestore.registry.registry import Registry

if TYPE_CHECKING:
    from featurestore.online.protocol import OnlineStore


def open_context(configuration: Configuration, clock: Clock, online: Callable[[], OnlineStore]) -> Context:
    """Open the registry, which is created or brought up to date, and choose the engine."""
    settings = configuration.engine
    directory = None if settings.temp_directory is None else str(settings.temp_directory)
    engine = DuckDBEngine(DuckDBSettings(settings.memory_limit, settings.threads, directory))
    return Context(configuration, Registry.open(configuration.registry), engine, clock, online)
