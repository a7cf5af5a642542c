"""The scenarios are as different as they should be, and what is written of them is what they hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings

from definitions.durations import EXACT
from definitions.load import load_repository
from definitions.model import Aggregation
from tests.oracle.definition_strategies import DIMENSION, KEY_COLUMNS
from tests.oracle.scenario import TIMESTAMP, Scenario, write_late_files, write_scenario
from tests.oracle.strategies import scenarios
from tests.oracle.values import entities_with_rows, view_values

STEADY = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
"""The same examples in every run, so that a rare kind of scenario is either there or not."""


def _count_definitions(seen: Counter[str], scenario: Scenario) -> None:
    repository = scenario.repository
    seen[f"{len(repository.entities)} entities, {len(KEY_COLUMNS.keys() & repository.sources)} sources"] += 1
    for source in repository.sources.values():
        seen["dedupe"] += source.dedupe is not None
        seen["tiebreak"] += source.tiebreak is not None
        seen["timeless"] += source.timestamp is None
        seen["union"] += bool(source.union)
    for view in scenario.views:
        seen.update([f"every {view.every}", f"delay {view.delay}", f"entity {view.entity}"])
        for feature in view.features:
            seen.update([feature.agg, f"nulls {feature.nulls}", f"{len(feature.windows)} windows"])
            seen["ttl"] += feature.ttl is not None
            seen["where"] += feature.where is not None
            seen["counts by category"] += feature.by is not None
            seen["exact all history"] += view.every == EXACT and not feature.windows
            seen["exact window"] += view.every == EXACT and bool(feature.windows)


def _count_rows(seen: Counter[str], scenario: Scenario) -> None:
    for name in scenario.files:
        rows = scenario.rows(name)
        seen["empty source"] += not rows
        seen["late rows of a dimension"] += name.startswith(DIMENSION) and bool(scenario.late[name])
        if name.startswith(DIMENSION):
            continue
        seen["late rows"] += bool(scenario.late[name])
        seen["several files"] += len(scenario.files[name]) > 1
        instants = [row["known_at"] for row in rows]
        seen["null timestamp"] += None in instants
        seen["tied timestamps"] += len(instants) > len(set(instants))
        seen["before 1970"] += any(instant is not None and instant < 0 for instant in instants)
        amounts = {str(row["amount"]) for row in rows}
        for amount in ("nan", "inf", "1e+308", "-1e+308", "1e+16", "-0.0", "5e-324"):
            seen[f"amount {amount}"] += amount in amounts
        seen["limit of int64"] += any(row["quantity"] == 2**63 - 1 for row in rows)


def _count_values(seen: Counter[str], scenario: Scenario) -> None:
    for view in scenario.views:
        source, entity = scenario.parts(view)
        rows = scenario.rows_of(view)
        for join in view.join:
            seen[f"join {join.name}"] += 1
            seen["row of a dimension"] += any(row[f"{join.name}.known_at"] is not None for row in rows)
            seen["no row of a dimension"] += any(row[f"{join.name}.known_at"] is None for row in rows)
        seen["key of a dimension"] += any("." in held for held in view.keys.values())
        seen["listed entity"] += len(entities_with_rows(source, entity, view, rows, scenario.now))
        for asked in scenario.spine:
            key = tuple(asked[name] for name in entity.keys)
            seen["null key asked"] += None in key
            values = view_values(source, entity, view, rows, key, asked[TIMESTAMP])
            seen.update("null" if value is None else "zero" if value == 0 else "value" for value in values.values())


def test_scenarios_hold_every_kind_of_definition_row_and_question() -> None:
    seen: Counter[str] = Counter()

    @settings(STEADY, max_examples=300)
    @given(scenarios())
    def look(scenario: Scenario) -> None:
        for count in (_count_definitions, _count_rows, _count_values):
            count(seen, scenario)

    look()
    assert set(get_args(Aggregation)) <= seen.keys()
    rare = {name: count for name, count in seen.items() if count < 2}
    assert not rare, f"hardly ever drawn: {rare}"
    assert seen["value"] > 0.15 * (seen["null"] + seen["zero"] + seen["value"]), f"hardly any value: {seen}"


@settings(STEADY, max_examples=20)
@given(scenarios())
def test_a_written_scenario_is_valid_and_reads_back_as_it_was(scenario: Scenario) -> None:
    with TemporaryDirectory() as directory:
        folder = Path(directory)
        write_scenario(scenario, folder)
        assert load_repository(folder).repository == scenario.repository
        write_late_files(scenario, folder)
        for name, source in scenario.repository.sources.items():
            if name not in scenario.files:
                continue
            written = [row for file in sorted(folder.glob(source.path)) for row in pq.read_table(file).to_pylist()]
            assert len(written) == len(scenario.rows(name))
            amount = "weight" if name.startswith(DIMENSION) else "amount"
            assert Counter(row[amount].hex() for row in written if row[amount] is not None) == Counter(
                row[amount].hex() for row in scenario.rows(name) if row[amount] is not None
            )
