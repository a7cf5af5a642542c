"""A team that is about to build what another one has, and what becomes of both."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest

from definitions.errors import AccessError
from featurestore.clock import parse_instant
from tests.journeys.teams import REBUILT, SALES, Teams, founded

MARCH: Final = "2024-03-06T02:00:00Z"
MAY: Final = "2024-05-06T02:00:00Z"
DEPRECATED: Final = """\
    every: 1d
    lifecycle: {state: deprecated, until: "2024-09-01", successor: spending_weekly}
"""


def test_a_team_uses_what_another_one_has_and_is_heard_of_when_that_ends(tmp_path: Path) -> None:
    teams = founded(tmp_path, MARCH)

    # Ben plans a view; the store says that it is there, and refuses to have it built again.
    teams.write("growth", REBUILT)
    (reuse,) = teams.ask("ben", MAY, "plan")["reuse"]
    assert (reuse["verdict"], reuse["gate"]["action"]) == ("exists", "refused")
    (there,) = reuse["instead"]
    assert (there["reference"], there["team"], there["owner"]) == ("spending:spent_28d", "sales", "ann")
    refused = teams.run("ben", MAY, "apply")
    assert refused.exit_code == 11
    assert '- "spending:spent_28d"' in refused.stderr
    assert "featurestore request-access view:spending --reason WHY" in refused.stderr

    # He takes what is printed.
    service = f"feature_services:\n  - name: next_order\n    features:\n      {reuse['yaml']}\n"
    teams.write("growth", f"team: growth\nowner: ben\n{service}")
    teams.ask("ben", MAY, "apply")
    with pytest.raises(AccessError, match="request-access view:spending"):
        train(teams)
    request = teams.ask("ben", MAY, "request-access view:spending --reason", "to predict the next order")["request"]
    teams.ask("ann", MAY, f"approve {request}")
    assert len(train(teams)) == 3
    teams.ask("ben", MAY, "model bind churn next_order --version 1 --owner ben")

    # Ann sees him in the usage of her view, and what it would break to retire it.
    used = teams.ask("ann", MAY, "usage spending")
    assert [(person["principal"], person["training"]) for person in used["people"]] == [("ben", 1)]
    assert [(model["name"], model["owner"]) for model in used["models"]] == [("churn", "ben")]
    retiring = teams.ask("ann", MAY, "impact spending --retire")["retiring"]
    assert retiring["breaks"] == ["feature service next_order", "model churn 1"]

    # She deprecates it: he is warned, with what to use instead; and she cannot retire it under his feet.
    view = SALES.partition("feature_views:\n")[2]
    weekly = view.replace("name: spending", "name: spending_weekly").replace("1d", "7d")
    teams.write("sales", SALES.replace("    every: 1d\n", DEPRECATED) + weekly)
    teams.ask("ann", MAY, "apply")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        train(teams)
    assert [str(each.message) for each in said if "spending_weekly" in str(each.message)]
    obstacle = teams.run("ann", MAY, "retire spending")
    assert obstacle.exit_code == 5 and "model churn 1" in obstacle.stderr


def train(teams: Teams) -> list[dict[str, Any]]:
    """The rows that Ben's program trains a model on."""
    store = teams.store("ben", MAY)
    instants = pa.array([parse_instant(MARCH)] * 3, pa.timestamp("us", "UTC"))
    spine = pa.table({"customer": ["c1", "c2", "c3"], "event_timestamp": instants})
    rows = store.get_historical_features(spine, "next_order").to_arrow().to_pylist()
    assert store._opened.flush_usage()
    return list(rows)
