"""The registry's database: its locks, its failures, and what a fresh process pays."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from definitions.errors import ConfigurationError
from featurestore.registry.database import (
    advance,
    hold,
    insert_or,
    open_database,
    reading,
    writing,
)
from featurestore.registry.registry import Registry
from featurestore.registry.tables import counters, from_json, leases, to_json
from tests.featurestore.registry.conftest import MakeUrl, only_on_postgresql, only_on_sqlite
from tests.postgresql import PostgresServer

POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


@only_on_sqlite
def test_opening_makes_the_folder_and_waits_for_other_writers(empty_url: str) -> None:
    with reading(Registry.open(empty_url).engine) as connection:
        settings = [
            connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "busy_timeout", "foreign_keys")
        ]
    assert settings == ["wal", 30_000, 1]


def test_opening_an_up_to_date_registry_loads_neither_alembic_nor_pydantic(registry: Registry, url: str) -> None:
    script = (
        "import sys; from featurestore.registry.registry import Registry;"
        "Registry.open(sys.argv[1]).serving.load('x');"
        "print([name for name in ('alembic', 'pydantic', 'sqlalchemy.orm', 'pandas') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script, url], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_write_that_raises_is_undone(registry: Registry) -> None:
    with pytest.raises(ZeroDivisionError), writing(registry.engine) as connection:
        advance(connection, "segments")
        raise ZeroDivisionError
    assert registry.segments.latest_version() == 0


def test_what_is_written_inside_a_write_is_part_of_it_and_seen_there_before_others_see_it(registry: Registry) -> None:
    seen_by_others: list[bytes | None] = []
    other = threading.Thread(target=lambda: seen_by_others.append(registry.serving.load("view")))
    with pytest.raises(ZeroDivisionError), writing(registry.engine) as connection:
        advance(connection, "segments")
        registry.serving.store("view", b"payload", 1)
        assert registry.serving.load("view") == b"payload"
        other.start()
        other.join()
        raise ZeroDivisionError
    assert seen_by_others == [None]
    assert (registry.segments.latest_version(), registry.serving.load("view")) == (0, None)
    with writing(registry.engine):
        registry.serving.store("view", b"payload", 1)
    assert registry.serving.load("view") == b"payload"


def test_a_write_in_another_registry_is_no_part_of_one_that_is_undone(registry: Registry, make_url: MakeUrl) -> None:
    other = Registry.open(make_url("sqlite", "other"))
    with pytest.raises(ZeroDivisionError), writing(registry.engine) as connection:
        other.serving.store("view", b"payload", 1)
        advance(connection, "segments")
        raise ZeroDivisionError
    assert (registry.segments.latest_version(), other.serving.load("view")) == (0, b"payload")
    other.close()


def _count_at_once(registry: Registry, locked: bool) -> None:
    """Add one a hundred times, by four writers that each read the number before."""
    failures: list[str] = []

    def count() -> None:
        for _ in range(25):
            with writing(registry.engine) as connection:
                if locked:
                    hold(connection, "serving")
                value = connection.scalars(select(counters.c.value).where(counters.c.name == "serving")).one()
                if (made := advance(connection, "serving")) != value + 1:
                    failures.append(f"{value} became {made}")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with writing(registry.engine) as connection:
        assert hold(connection, "serving") == 100


def test_writers_that_hold_a_counter_take_turns(registry: Registry) -> None:
    _count_at_once(registry, locked=True)


@only_on_sqlite
def test_writers_that_read_first_take_turns_without_a_deadlock(registry: Registry) -> None:
    _count_at_once(registry, locked=False)


def test_a_reader_sees_one_state_while_others_write(registry: Registry) -> None:
    with reading(registry.engine) as connection:
        before = connection.scalars(select(counters.c.value).where(counters.c.name == "segments")).one()
        with writing(registry.engine) as other:
            advance(other, "segments")
        assert connection.scalars(select(counters.c.value).where(counters.c.name == "segments")).one() == before


def test_both_databases_know_the_same_insertion(registry: Registry) -> None:
    with reading(registry.engine) as connection:
        ours = insert_or(connection, leases).on_conflict_do_update(index_elements=["name"], set_={"fencing": 1})
    theirs = postgresql.insert(leases).on_conflict_do_update(index_elements=["name"], set_={"fencing": 1})
    assert "ON CONFLICT (name) DO UPDATE SET fencing" in str(ours)
    assert "ON CONFLICT (name) DO UPDATE SET fencing" in str(theirs.compile(dialect=POSTGRESQL))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("no url", "cannot be read"),
        ("postgresql://me:hunter2@host:port/x", "cannot be read"),
        ("sqlite://", "must outlive the process"),
        ("sqlite:///:memory:", "must outlive the process"),
        ("sqlite:///a.db?mode=ro", "takes no options"),
        ("nosuchdatabase://me:hunter2@host/x", "is not installed"),
        ("mysql://me@host/x?passwd=hunter2", "is not installed"),
    ],
)
def test_a_url_that_cannot_be_opened_is_refused_without_its_password(url: str, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected) as error:
        open_database(url)
    assert "hunter2" not in str(error.value) + repr(error.value.__cause__)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_text("this is a letter, not a database, and it is long enough to be sure of that")
    with pytest.raises(ConfigurationError, match=r"registry\.db"):
        Registry.open(f"sqlite:///{tmp_path}/registry.db")


@only_on_sqlite
def test_a_database_that_is_held_by_another_program_is_waited_for(registry: Registry, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "state" / "registry.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.2, other.execute, ["COMMIT"])
    timer.start()
    registry.serving.store("view", b"payload", 1)
    timer.join()
    other.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@only_on_postgresql
def test_a_connection_that_the_server_closed_is_made_anew(registry: Registry, postgres: PostgresServer) -> None:
    registry.serving.store("view", b"payload", 1)
    postgres.disconnect(str(registry.engine.url.database))
    assert registry.serving.load("view") == b"payload"


@only_on_postgresql
def test_a_statement_that_the_server_no_longer_answers_is_told_without_what_it_holds(
    registry: Registry, postgres: PostgresServer
) -> None:
    held = {"secret": "hunter2"}
    told = r"does not answer: [^\n]*; what was being written is there wholly or not at all, so run it again$"
    with pytest.raises(ConfigurationError, match=told) as error, writing(registry.engine) as connection:
        postgres.disconnect(str(registry.engine.url.database))
        connection.execute(text("SELECT :secret"), held)
    assert "SELECT" not in str(error.value)
    assert "hunter2" not in "".join(traceback.format_exception(error.value))


@only_on_postgresql
def test_a_database_that_cannot_be_reached_or_used_is_named_without_secrets(
    registry: Registry, url: str, postgres: PostgresServer
) -> None:
    name = str(registry.engine.url.database)
    with postgres.connect(name) as connection:
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'hunter2'")
    known = url.replace("postgres@", "reader:hunter2@")
    try:
        for wrong, expected in (
            (known.replace(f"/{name}?", "/no_such_database?"), "does not answer: .*no_such_database"),
            (known.replace("?host=", "?password=hunter2&host="), "cannot be used: permission denied"),
            (known.replace("?host=", "?hots=hunter2&host="), "cannot be used: invalid connection option"),
        ):
            with pytest.raises(ConfigurationError, match=expected) as error:
                Registry.open(wrong)
            assert "hunter2" not in str(error.value)
    finally:
        with postgres.connect() as connection:
            connection.execute("DROP ROLE reader")


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_json_text_is_canonical_and_comes_back(value: dict[str, object]) -> None:
    shuffled = dict(reversed(value.items()))
    assert to_json(value) == to_json(shuffled)
    assert from_json(to_json(value)) == value
    assert to_json(value).isascii() and "\x00" not in to_json(value)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_text_holds_no_nan(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json([number])
