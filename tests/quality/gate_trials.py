"""The gate on trial: a repository of payments that expects what was suggested to it, clean days and broken ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from definitions.durations import DAY
from definitions.errors import QualityError
from featurestore import FeatureStore
from featurestore.checks.check_words import expectation_words
from featurestore.clock import FixedClock
from featurestore.registry.findings import Finding
from tests.quality.faults import FAULTS, Fault, draw_fault
from tests.quality.payments import DEFINITIONS, FIRST, Columns, Payments, table_of

HISTORY = 70
"""The clean days that expectations are suggested from."""
ASKED = [{"customer": f"c{number:05d}"} for number in range(1, 21)]
FEATURES = ["customer_payments:*"]


@dataclass(frozen=True)
class Trial:
    """What became of a day: whether it was `held` back, so that neither tiles nor online have any of it and a frame
    that would need it is refused, and what was found, in `words`; of a fault whether one of the findings `named` it.
    It `leaked` where rows that say they are of the day before went on as that day's."""

    day: int
    fault: Fault | None
    held: bool
    named: bool
    leaked: bool
    words: tuple[str, ...]


class GateTrials:
    """One source with its store in an empty folder; days come one after the other."""

    def __init__(self, folder: Path, seed: int, size: float = 1.0) -> None:
        self.payments = Payments(seed, size)
        self.seed = seed
        self._folder = folder
        (folder / "data" / "payments").mkdir(parents=True)
        settings = "project: payments\nengine: {threads: 1, memory_limit: 1GB}\n"
        (folder / "featurestore.yaml").write_text(settings, encoding="utf-8")

    def prepare(self, days: int = HISTORY) -> str:
        """Let the clean days land, build their tiles, and expect what is suggested; returns the YAML."""
        self._declare("")
        for number in range(days):
            self._land(number, self.payments.day(number))
        with self._store(days) as store:
            store.apply()
            store.materialize()
            (payments,) = store.checks.suggest("customer_payments").sources
            suggested = payments.yaml
        self._declare(suggested)
        with self._store(days) as store:
            store.apply()
        return suggested

    def clean(self, number: int) -> Trial:
        """Let a clean day land, for good."""
        return self._try(number, None)

    def broken(self, number: int, kind: str) -> Trial:
        """Let the day land with a fault, and take all of it back afterwards."""
        chance = np.random.default_rng([self.seed, 2, number, list(FAULTS).index(kind)])
        fault = draw_fault(kind, self.payments.day(number), chance)
        state, kept = self._folder / ".featurestore", self._folder / ".kept"
        shutil.copytree(state, kept)
        try:
            return self._try(number, fault)
        finally:
            self._file(number).unlink()
            shutil.rmtree(state)
            kept.rename(state)

    def _try(self, number: int, fault: Fault | None) -> Trial:
        with self._store(number) as store:
            before = store.get_online_features(FEATURES, ASKED).to_dict()
        self._land(number, self.payments.day(number) if fault is None else fault.day)
        with self._store(number + 1) as store:
            (table,) = store.materialize().tables
            after = store.get_online_features(FEATURES, ASKED).to_dict()
            segments = store._context.registry.segments.current(table.table)
            is_refused = _refuses_frame(store, (FIRST + number + 1) * DAY)
        start = (FIRST + number) * DAY
        is_built = any(segment.start < start + DAY and start < segment.end for segment in segments)
        leaked = before != after and fault is not None and fault.reaches_back
        held = not is_built and is_refused and (before == after or leaked)
        named = fault is not None and any(_names(finding, fault) for finding in table.findings)
        return Trial(number, fault, held, named, leaked and held, tuple(map(expectation_words, table.findings)))

    def _declare(self, expected: str) -> None:
        start = "    timestamp: known_at\n"
        text = DEFINITIONS.replace(start, start + expected)
        (self._folder / "payments.yaml").write_text(text, encoding="utf-8")

    def _file(self, number: int) -> Path:
        return self._folder / "data" / "payments" / f"{number:04d}.parquet"

    def _land(self, number: int, day: Columns) -> None:
        pq.write_table(table_of(day), self._file(number))

    @contextmanager
    def _store(self, days: int) -> Iterator[FeatureStore]:
        """At the end of so many days."""
        store = FeatureStore(self._folder, clock=FixedClock((FIRST + days) * DAY))
        try:
            yield store
        finally:
            store.close()
            store._context.registry.close()
            store._online.close()


def _refuses_frame(store: FeatureStore, at: int) -> bool:
    """Whether a training frame at an instant (UTC microseconds) is refused for what it would read."""
    rows = [{**row, "event_timestamp": at} for row in ASKED]
    schema = pa.schema([("customer", pa.string()), ("event_timestamp", pa.timestamp("us", "UTC"))])
    try:
        store.get_historical_features(pa.Table.from_pylist(rows, schema), FEATURES).to_arrow()
    except QualityError:
        return True
    return False


def _names(finding: Finding, fault: Fault) -> bool:
    check: dict[str, Any] = finding.numbers["check"]
    broken = list(finding.numbers["broken"].values())[-1]
    if check["check"] == "stable" and broken["family"] == "rows":
        return "rows" in fault.checks
    columns: Sequence[str] = check.get("columns") or [check.get("column") or ""]
    about = {*columns, *check.get("that", "").split()}
    return check["check"] in fault.checks or not about.isdisjoint(fault.columns)
