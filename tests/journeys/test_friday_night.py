"""A Friday night: something has to go out, who could approve is away, and then the registry is down as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from featurestore.finding_words import finding_words
from tests.journeys.teams import REBUILT, SALES, founded
from tests.postgresql import PostgresServer

MARCH: Final = "2024-03-06T02:00:00Z"
FRIDAY: Final = "2024-05-10T21:00:00Z"
MONDAY: Final = "2024-05-13T08:00:00Z"
JUNE: Final = "2024-06-03T08:00:00Z"
ASKED: Final = ("spending:*", [{"customer": "c1"}])


def test_nobody_is_held_up_by_the_gate_or_by_a_registry_that_is_down(
    tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every look-up asks the registry.
    monkeypatch.setattr("featurestore.revision_poll.POLL_SECONDS", 0.0)
    database = postgres.create_database()
    teams = founded(tmp_path, MARCH, postgres.url(database))
    serving = teams.store("ann", FRIDAY)
    answered = serving.get_online_features(*ASKED).to_dict()

    # The gate refuses, and a waiver waits for Bea, who is away.
    teams.write("growth", REBUILT)
    assert teams.run("ben", FRIDAY, "apply").exit_code == 11
    asked = teams.ask("ben", FRIDAY, "waive buyers:revenue_28d --reason", "theirs is not ours to change")["waivers"][0]
    assert asked["approved_by"] is None
    assert teams.run("ben", FRIDAY, "apply").exit_code == 11

    # The registry goes down: who serves goes on serving; who applies is told, and nothing has happened.
    with down(postgres, database):
        assert serving.get_online_features(*ASKED).to_dict() == answered
        failed = teams.run("ben", FRIDAY, "apply --break-glass", "the site is down")
        assert failed.exit_code != 0
        assert "registry" in failed.stderr and "Traceback" not in failed.stderr
    assert [change["name"] for change in teams.ask("ben", FRIDAY, "plan")["changes"]] == ["buyers"]

    # It is back, and Ben breaks the glass; the features are there at once.
    teams.ask("ben", FRIDAY, "apply --break-glass", "the site is down")
    teams.ask("ben", FRIDAY, "materialize buyers")
    assert teams.store("ben", FRIDAY).get_online_features("buyers:*", [{"customer": "c1"}]).to_dict()

    # On Monday both owners find it. Two weeks later it is no outage, but a finding, until Bea agrees.
    (found,) = teams.store("ann", MONDAY).findings()
    assert found.numbers["told"] == ["ben", "ann"]
    assert "ben broke the glass (the site is down); it holds until 2024-05-24" in finding_words(found)
    teams.write("growth", REBUILT.replace("    every", "    description: What a buyer brings.\n    every"))
    teams.ask("ben", JUNE, "apply")
    assert {each.kind for each in teams.store("ann", JUNE).findings()} == {"waiver-lapsed"}
    teams.ask("bea", JUNE, f"waive --approve {asked['number']}")
    teams.write("growth", REBUILT)
    teams.ask("ben", JUNE, "apply")
    assert teams.store("ann", JUNE).findings() == ()
    broken = [each for each in teams.store("root", JUNE).audit.entries(100) if each.action == "break-glass"]
    assert [(each.principal, each.subject) for each in broken] == [("ben", "buyers:revenue_28d")]
    assert SALES in (tmp_path / "sales.yaml").read_text()


@contextmanager
def down(postgres: PostgresServer, database: str) -> Iterator[None]:
    """A database that lets nobody in, and throws out whoever is."""
    with postgres.connect() as connection:
        connection.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
        connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
        yield
        connection.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
