"""The registry's database: its tables, its upgrade, its locks, and what a fresh process pays."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from definitions.errors import ConfigurationError
from featurestore.registry.database import (
    NEWEST_REVISION,
    advance,
    hold,
    insert_or,
    open_database,
    reading,
    upgrade,
    writing,
)
from featurestore.registry.migrations.migrate import configuration
from featurestore.registry.registry import Registry
from featurestore.registry.tables import counters, from_json, leases, metadata, to_json

POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


def test_the_migrations_make_the_tables_that_the_code_uses(registry: Registry) -> None:
    with reading(registry.engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [NEWEST_REVISION]


def test_a_registry_of_the_first_revision_is_brought_up_to_date_with_what_it_holds(url: str) -> None:
    engine = open_database(url)
    with writing(engine) as connection:
        command.upgrade(configuration(connection), "0001")
        columns = (
            "tile_table, range_start, range_end, version, path, slots, inputs, rows, bytes, statistics, created_at"
        )
        connection.execute(
            text(f"INSERT INTO segments ({columns}) VALUES ('tiles', 0, 9, 1, 'a', '{{}}', '[]', 1, 1, '{{}}', 5)")
        )
    opened = Registry.open(url)
    (held,) = opened.segments.current("tiles")
    assert (held.path, held.vacuumed_at, opened.segments.version_at(5)) == ("a", None, 1)
    assert opened.findings.all() == opened.late_rows.since("tiles", 0) == ()


def test_the_tables_can_be_made_on_postgresql() -> None:
    statements = [str(CreateTable(table).compile(dialect=POSTGRESQL)) for table in metadata.sorted_tables]
    assert any("BIGSERIAL" in statement for statement in statements)
    assert not any("AUTOINCREMENT" in statement for statement in statements)


def test_opening_makes_the_folder_and_waits_for_other_writers(registry: Registry) -> None:
    with reading(registry.engine) as connection:
        settings = [
            connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "busy_timeout", "foreign_keys")
        ]
    assert settings == ["wal", 30_000, 1]


def test_a_registry_of_a_newer_version_is_refused_and_left_alone(registry: Registry, url: str) -> None:
    with writing(registry.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        ConfigurationError, match=f"revision 9999, newer than this version's {NEWEST_REVISION}; upgrade"
    ):
        Registry.open(url)
    with reading(registry.engine) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_two_processes_make_one_registry_at_once(url: str) -> None:
    script = "import sys; from featurestore.registry.registry import Registry; Registry.open(sys.argv[1])"
    processes = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert Registry.open(url).segments.latest_version() == 0


def test_an_upgrade_that_fails_leaves_nothing_behind(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_database(url)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("alembic.operations.Operations.bulk_insert", fail)
        with pytest.raises(ZeroDivisionError):
            upgrade(engine)
    with reading(engine) as connection:
        assert connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all() in (
            [],
            ["sqlite_sequence"],
        )
    upgrade(engine)


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


def test_writers_that_read_first_take_turns_without_a_deadlock(registry: Registry) -> None:
    def count() -> None:
        for _ in range(25):
            with writing(registry.engine) as connection:
                value = connection.scalars(select(counters.c.value).where(counters.c.name == "serving")).one()
                assert advance(connection, "serving") == value + 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with writing(registry.engine) as connection:
        assert hold(connection, "serving") == 100


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
