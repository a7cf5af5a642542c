"""A scenario on disk with the product working on it, through its public interface alone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import pyarrow as pa
from hypothesis import HealthCheck, settings

from builders.request import needed_slots
from definitions.durations import Duration
from definitions.model import FeatureView, column_name
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from featurestore.compact import compact_tables
from tests.builders.spark.local import SETTINGS
from tests.made_registry import copy_registry
from tests.oracle.expressions import Row
from tests.oracle.scenario import (
    TIMESTAMP,
    Scenario,
    key_rows,
    spine_table,
    write_definitions,
    write_late_files,
    write_rows,
    write_scenario,
)
from tests.oracle.values import Key, row_key, view_values

EXAMPLES: Final = int(os.environ.get("FEATURESTORE_EXAMPLES", "12"))
"""Each is a world of its own that takes a second or more; CI has some hundred of them in all properties together."""

properties = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
"""How every property here runs."""

parts = settings(properties, max_examples=max(2, EXAMPLES // 3))
"""How those run of which another property proves the most, too: alone they say sooner what is wrong."""

Form = Literal["merge", "tile join", "sliding frame"]
FORMS: Final[tuple[Form | None, ...]] = (None, "merge", "tile join", "sliding frame")
"""How a frame may be computed; None leaves it to the planner, which does not merge where rows are as few as here."""

ENGINE: Final = os.environ.get("FEATURESTORE_ENGINE", "duckdb")
"""The engine that the properties are held on; `make test-spark` takes them to Spark."""

_ENGINES: Final = {
    "duckdb": "engine: {threads: 1, memory_limit: 512MB}\n",
    "spark": "engine: spark\nspark:\n"
    + "".join(f"  {name}: '{value}'\n" for name, value in {"master": SETTINGS.master, **SETTINGS.conf}.items()),
}
CONFIGURATION: Final = f"project: properties\n{_ENGINES[ENGINE]}"


class World:
    """A folder with a scenario's definitions and files; every store on it is opened anew, as a process would."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.folder = folder
        self._is_applied = False
        write_scenario(scenario, folder)
        copy_registry(folder / ".featurestore" / "registry.db")
        (folder / "featurestore.yaml").write_text(CONFIGURATION, encoding="utf-8")

    def store(self, now: int | None = None) -> FeatureStore:
        """A store whose clock stands at `now` (the scenario's own without it), with the definitions applied."""
        store = FeatureStore(self.folder, clock=FixedClock(self.scenario.now if now is None else now))
        if not self._is_applied:
            store.apply()
            self._is_applied = True
        return store

    def declare(self, scenario: Scenario) -> None:
        """Put the definitions of another scenario in the place of what was declared."""
        self.scenario = scenario
        self._is_applied = False
        write_definitions(scenario, self.folder)

    def land_late_files(self) -> None:
        """Add the files of late rows."""
        write_late_files(self.scenario, self.folder)

    def replace_rows(self, rows: Mapping[str, Sequence[Row]]) -> None:
        """Let each source have these rows, in one file, instead of what it had."""
        for name, of_source in rows.items():
            source = self.scenario.repository.sources[name]
            for file in self.folder.glob(source.path):
                file.unlink()
            write_rows(source, of_source, self.folder, "rows")


@contextmanager
def world_of(scenario: Scenario, late: bool = False) -> Iterator[World]:
    """The scenario in a folder of its own for as long as the block runs, with its late files if told so."""
    with TemporaryDirectory() as folder:
        world = World(scenario, Path(folder))
        if late:
            world.land_late_files()
        yield world


def compact(store: FeatureStore) -> None:
    """Put segments together where there are two that may be; the store itself waits for more."""
    context = store._context
    compact_tables(context, needed_slots(context.applied().all_columns()), few=2)


def references(views: Sequence[FeatureView]) -> list[str]:
    """All columns of the views, as a request names them."""
    return [f"{view.name}:*" for view in views]


def frame(
    store: FeatureStore,
    scenario: Scenario,
    spine: Sequence[Row] | None = None,
    views: Sequence[FeatureView] = (),
    form: Form | None = None,
) -> list[dict[str, Any]]:
    """The training frame for a spine, all views' columns without `views`; it must have kept the spine as it was.

    `form` overrules what the planner would choose.
    """
    asked = spine_table(scenario, spine)
    answered: pa.Table = store.get_historical_features(asked, references(views or scenario.views), form=form).to_arrow()
    assert answered.column_names[: asked.num_columns] == asked.column_names, answered.column_names
    assert answered.column("row").to_pylist() == asked.column("row").to_pylist()
    assert (
        answered.column(TIMESTAMP).cast(pa.int64()).to_pylist() == asked.column(TIMESTAMP).cast(pa.int64()).to_pylist()
    )
    return list(answered.drop_columns(asked.column_names).to_pylist())


def online_columns(view: FeatureView) -> list[str]:
    """What look-ups have of a view: of an exact one, what is of all history."""
    names = [
        (column_name(feature, window), window) for feature in view.features for window in feature.windows or (None,)
    ]
    return [name for name, window in names if window is None or isinstance(view.every, Duration)]


def all_keys(scenario: Scenario, view: FeatureView) -> list[Key]:
    """The entity keys of the spine and of all the view's rows, and the parts' null."""
    _, entity = scenario.parts(view)
    in_rows = {row_key(entity, view, row) for row in scenario.rows_of(view)}
    return list(dict.fromkeys([*scenario.spine_keys(entity), *sorted(in_rows, key=repr)]))


def look_up(store: FeatureStore, scenario: Scenario, view: FeatureView, keys: Sequence[Key]) -> list[dict[str, Any]]:
    """What online answers for the keys of the view's entity, one row of the view's columns each."""
    _, entity = scenario.parts(view)
    answered = store.get_online_features(references([view]), list(key_rows(entity, keys))).to_dict()
    columns = [name for name in answered if name not in entity.keys]
    assert all(len(answered[name]) == len(keys) for name in answered)
    return [{name: answered[name][position] for name in columns} for position in range(len(keys))]


def oracle_row(scenario: Scenario, view: FeatureView, key: Key, instant: int, late: bool) -> dict[str, Any]:
    """What the oracle says for the view."""
    source, entity = scenario.parts(view)
    return view_values(source, entity, view, scenario.rows_of(view, late), key, instant)
