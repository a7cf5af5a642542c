"""An application of Spark that a command starts, and what was wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from builders.spark.diagnosis import Diagnosis
    from builders.spark.engine import SparkEngine
    from featurestore.frames import Frame
    from featurestore.store import FeatureStore

_ITS_OWN: Final = {"spark.eventLog.enabled", "spark.eventLog.dir"}
"""With any of them a configuration says itself what becomes of events."""


@contextmanager
def watched_application(store: FeatureStore) -> Iterator[Callable[[Frame], Diagnosis | None]]:
    """Let the application that a store will start log its events while this is open. What it hands out ends the
    application of a frame and gives its diagnosis: None on other engines, in an application that somebody else
    started, and where the configuration sends the events elsewhere."""
    engine = store.configuration.engine
    if engine.type != "spark" or not _ITS_OWN.isdisjoint(engine.spark):
        yield lambda _: None
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
        yield lambda frame: _diagnose(frame, folder)


def _diagnose(frame: Frame, folder: Path) -> Diagnosis | None:
    from builders.spark.diagnosis import diagnose

    if not any(folder.iterdir()):
        return None
    # Only then are all events in the file.
    cast("SparkEngine", frame.context.engine).stop()
    return diagnose(folder)
