"""The registry is lost in the middle of an application: nothing is half-applied, and applying again completes it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Final

import pytest

from definitions.errors import ConfigurationError
from tests.journeys.applications import (
    BEFORE,
    Original,
    State,
    Strike,
    apply,
    apply_and_die,
    open_store,
    rows_of,
    set_up,
    state_of,
    use_server,
)
from tests.journeys.processes import call, start
from tests.journeys.shop import Shop
from tests.postgresql import PostgresServer, running_postgres

pytestmark = pytest.mark.filterwarnings("ignore::featurestore.lifecycle.DeprecatedFeatureWarning")

CHANGES: Final = 4
"""Before how many of the statements that change rows the registry is lost, beside each commit."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of this file's own, which crashes."""
    with running_postgres() as running:
        yield running


@pytest.fixture(scope="module")
def in_file(tmp_path_factory: pytest.TempPathFactory) -> Original:
    """The shop with its registry in a file."""
    shop = Shop(tmp_path_factory.mktemp("in_file") / "shop", BEFORE)
    call(set_up, shop)
    return Original(shop)


@pytest.fixture(scope="module")
def on_server(tmp_path_factory: pytest.TempPathFactory, server: PostgresServer) -> Original:
    """The shop with its registry on the server."""
    shop = Shop(tmp_path_factory.mktemp("on_server") / "shop", BEFORE)
    database = server.create_registry_database()
    use_server(shop, server, database)
    call(set_up, shop)
    return Original(shop, server, database)


def _undisturbed(original: Original) -> tuple[State, State, list[int]]:
    """What there is before the application and after it, and the writes before which it is worth while to lose it."""
    shop = original.copy()
    before, store = state_of(shop), open_store(shop)
    strike = Strike(store)
    assert apply(store)
    after = state_of(shop)
    assert all(before.answers[kind] != answer for kind, answer in after.answers.items())
    return before, after, _chosen(strike.writes)


def _chosen(writes: list[str]) -> list[int]:
    """The numbers of all commits, and of some changes: the first, the last, and some in between."""
    numbered = list(enumerate(writes, 1))
    changes = [number for number, write in numbered if write == "change"]
    spread = {changes[round(each * (len(changes) - 1) / (CHANGES - 1))] for each in range(CHANGES)}
    return sorted({*spread, *(number for number, write in numbered if write == "commit")})


def _is_applied(shop: Shop, before: State, after: State) -> bool:
    """Make sure that all is as before or all as after, that all of it works, and that applying again completes it."""
    found = state_of(shop)
    applied = found.of_definitions() == after.of_definitions()
    assert applied or found.of_definitions() == before.of_definitions()
    assert found.answers == (after if applied else before).answers
    assert apply(open_store(shop)) != applied
    assert rows_of(shop) == after.rows
    return applied


def test_a_process_that_is_killed_anywhere_in_an_application_leaves_none_of_it_or_all(in_file: Original) -> None:
    before, after, writes = _undisturbed(in_file)
    outcomes = []
    for number in writes:
        shop = in_file.copy()
        run = start(apply_and_die, shop, number)
        run.process.join(60)
        assert run.process.exitcode == -signal.SIGKILL
        outcomes.append(_is_applied(shop, before, after))
    assert (outcomes[0], outcomes[-1]) == (False, True)


def _lose(server: PostgresServer, shop: Shop, number: int, crashes: bool) -> None:
    """Lose the registry before a write; whoever applies is told in a sentence, which says what to do."""
    store = open_store(shop)
    database = str(store._context.registry.engine.url.database)
    Strike(store, number, server.crash if crashes else lambda: server.disconnect(database))
    with pytest.raises(ConfigurationError) as error:
        apply(store)
    told = str(error.value)
    assert told.startswith(f"the registry postgresql+psycopg://postgres@/{database}?host=*** does not answer: ")
    assert told.endswith("; what was being written is there wholly or not at all, so run it again")
    assert "\n" not in told and "UPDATE" not in told


def test_a_connection_that_is_lost_anywhere_in_an_application_leaves_none_of_it_or_all(
    on_server: Original, server: PostgresServer
) -> None:
    before, after, writes = _undisturbed(on_server)
    outcomes = []
    for number in writes:
        shop = on_server.copy()
        _lose(server, shop, number, crashes=False)
        outcomes.append(_is_applied(shop, before, after))
    assert (outcomes[0], outcomes[-1]) == (False, True)


def test_a_server_that_crashes_anywhere_in_an_application_has_none_of_it_or_all_when_it_is_back(
    on_server: Original, server: PostgresServer
) -> None:
    before, after, writes = _undisturbed(on_server)
    for number in writes[1::3]:
        shop = on_server.copy()
        _lose(server, shop, number, crashes=True)
        with pytest.raises(ConfigurationError, match="does not answer"):
            open_store(shop).plan()
        server.start()
        _is_applied(shop, before, after)
