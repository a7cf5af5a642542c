"""Whatever happens after a frame was made, its manifest and its instant give it again, to the bit."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from featurestore import FeatureStore
from tests.oracle.scenario import Scenario, spine_table
from tests.oracle.strategies import scenarios
from tests.properties.agreement import bits
from tests.properties.world import World, compact, properties, references, world_of

STEPS = st.lists(st.sampled_from(["late rows", "materialize", "full", "compact", "read"]), min_size=1, max_size=5)
HOUR = 3_600_000_000


def _values(store: FeatureStore, scenario: Scenario, **asked: Any) -> Any:
    return bits(store.get_historical_features(spine_table(scenario), **asked).to_arrow().to_pylist())


def _step(world: World, now: int, step: str) -> None:
    match step:
        case "late rows":
            world.land_late_files()
        case "materialize" | "full":
            world.store(now).materialize(full=step == "full", publish=False)
        case "compact":
            compact(world.store(now))
        case "read":
            _values(world.store(now), world.scenario, features=references(world.scenario.views))


@properties
@given(scenarios(), STEPS, STEPS)
def test_an_earlier_frame_is_had_again_to_the_bit(scenario: Scenario, before: list[str], after: list[str]) -> None:
    features = references(scenario.views)
    with world_of(scenario) as world:
        now = scenario.now
        for step in ("materialize", *before, "materialize"):
            now += HOUR
            _step(world, now, step)
        store = world.store(now)
        frame = store.get_historical_features(spine_table(scenario), features)
        expected, manifest = _values(store, scenario, features=features), frame.manifest
        # By the manifest even of what was read from files, as late rows come in files of their own.
        then = now
        for step in ("late rows", *after):
            now += HOUR
            _step(world, now, step)
        store = world.store(now)
        assert _values(store, scenario, manifest=manifest) == expected
        if not manifest["sources"]:
            assert _values(store, scenario, features=features, knowledge=then) == expected
