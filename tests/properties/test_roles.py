"""An entity that plays two roles in a service has the values of each, trained and served."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from hypothesis import assume, given

from definitions.model import Entity, FeatureService
from definitions.types import DataType
from tests.oracle.scenario import TIMESTAMP, Scenario, to_arrow
from tests.oracle.strategies import scenarios
from tests.oracle.values import Key
from tests.properties.agreement import assert_view_row, bits
from tests.properties.world import all_keys, online_columns, properties, world_of

SERVICE: Final = "both"
ROLES: Final = ("one_", "other_")


def _with_service(scenario: Scenario) -> Scenario:
    """With a service of all views, each with its entity in both roles, the role being the prefix of keys and values."""
    entries = [
        {
            "view": view.name,
            "join_keys": {key: f"{role}{key}" for key in scenario.parts(view)[1].keys},
            "prefix": role,
        }
        for view in scenario.views
        for role in ROLES
    ]
    service = FeatureService.model_validate({"name": SERVICE, "features": entries})
    return replace(scenario, repository=scenario.repository.model_copy(update={"feature_services": {SERVICE: service}}))


def _asked_rows(scenario: Scenario) -> list[dict[str, Any]]:
    """Rows of two keys of every entity; all keys there are stand in both roles, and never beside themselves if there
    are two."""
    keys: dict[str, list[Key]] = {}
    for view in scenario.views:
        keys.setdefault(view.entity, []).extend(all_keys(scenario, view))
    rows = []
    for position in range(max(map(len, keys.values()))):
        row: dict[str, Any] = {}
        for name, known in keys.items():
            for role, key in zip(ROLES, (known[position % len(known)], known[position % len(known) - 1]), strict=True):
                row |= _in_role(scenario.repository.entities[name], role, key)
        rows.append(row)
    return rows


def _in_role(entity: Entity, role: str, key: Key) -> dict[str, Any]:
    return {f"{role}{name}": part for name, part in zip(entity.keys, key, strict=True)}


def _assert_each_role_has_its_own(
    scenario: Scenario, instant: int, rows: list[dict[str, Any]], answers: list[dict[str, Any]], online: bool
) -> None:
    for view in scenario.views:
        for row, answer in zip(rows, answers, strict=True):
            for role in ROLES:
                key = tuple(row[f"{role}{name}"] for name in scenario.parts(view)[1].keys)
                own = {name.removeprefix(role): value for name, value in answer.items() if name.startswith(role)}
                assert_view_row(scenario, view, key, instant, own, columns=online_columns(view) if online else None)


@properties
@given(scenarios())
def test_each_role_has_the_values_of_its_own_key_trained_and_served(scenario: Scenario) -> None:
    scenario = _with_service(scenario)
    assume(any(all_keys(scenario, view) for view in scenario.views))
    moment, rows = scenario.moments[0], _asked_rows(scenario)
    types = {
        f"{role}{name}": kind
        for view in scenario.views
        for role in ROLES
        for name, kind in scenario.parts(view)[1].keys.items()
    }
    spine = to_arrow({**types, TIMESTAMP: DataType("timestamp")}, [{**row, TIMESTAMP: moment} for row in rows])
    with world_of(scenario, late=True) as world:
        store = world.store(now=moment)
        store.materialize()
        trained = store.get_historical_features(spine, SERVICE).to_arrow().drop_columns(spine.column_names).to_pylist()
        _assert_each_role_has_its_own(scenario, moment, rows, trained, online=False)
        if not any(map(online_columns, scenario.views)):
            return
        answered = store.get_online_features(SERVICE, rows).to_dict()
        names = [name for name in answered if name not in types]
        served = [{name: answered[name][position] for name in names} for position in range(len(rows))]
        _assert_each_role_has_its_own(scenario, moment, rows, served, online=True)
        assert bits(served) == bits([{name: row[name] for name in names} for row in trained])
