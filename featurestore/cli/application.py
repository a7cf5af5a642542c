"""An application of Spark that a command starts, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from builders.spark.diagnosis import Diagnosis
    from featurestore.store import FeatureStore

_ITS_OWN: Final = {"spark.eventLog.enabled", "spark.eventLog.dir"}
"""With any of them a configuration says itself what becomes of events."""


@contextmanager
def watched_application(store: FeatureStore) -> Iterator[Callable[[], Diagnosis | None]]:
    """Let the application that a store will start log its events while this is open. What it hands out ends the
    application and gives its diagnosis: None on other engines, in an application that somebody else started, and where
    the configuration says itself what becomes of events."""
    engine = store.configuration.engine
    if engine.type != "spark" or not _ITS_OWN.isdisjoint(engine.spark):
        yield lambda: None
        return
    with TemporaryDirectory(prefix="featurestore-events-") as name:
        folder = Path(name)
        store.configuration = store.configuration.with_spark_defaults(
            {
                "spark.eventLog.enabled": "true",
                "spark.eventLog.dir": folder.as_uri(),
                "spark.eventLog.compress": "false",
                "spark.eventLog.rolling.enabled": "false",
            }
        )
        try:
            yield lambda: _diagnose(store, folder)
        finally:
            _end(store, folder)


def _diagnose(store: FeatureStore, folder: Path) -> Diagnosis | None:
    from builders.spark.diagnosis import diagnose

    return diagnose(folder) if _end(store, folder) else None


def _end(store: FeatureStore, folder: Path) -> bool:
    """End the application if it logs into the folder, so that all events are there and nothing more will come."""
    ours = any(folder.iterdir())
    if ours:
        store.close()
    return ours
