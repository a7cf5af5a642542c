"""The registry's tables: made, and brought up to date from whatever there was, also if that was interrupted."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any, Final

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    insert,
    inspect,
    select,
    text,
)

from definitions.errors import ConfigurationError
from featurestore.registry.database import open_database, reading, upgrade, writing
from featurestore.registry.migrations.migrate import configuration, known_revisions
from featurestore.registry.registry import Registry
from featurestore.registry.revision import NEWEST_REVISION, stored_revision
from featurestore.registry.tables import metadata, to_json
from tests.journeys.processes import Say, call, start

REVISIONS: Final = sorted(known_revisions())

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    """A database without any table."""
    engine = open_database(empty_url)
    yield engine
    engine.dispose()


def _tables(connection: Connection) -> list[Table]:
    """What is in the database, those that others refer to first; counters are filled by migrations."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in ("alembic_version", "counters")]


def _fill(connection: Connection) -> None:
    """Two rows in every table, of texts that are JSON and tell their column."""
    for table in _tables(connection):
        for number in (1, 2):
            connection.execute(insert(table), {column.name: _value(column, number) for column in table.columns})


def _value(column: Column[Any], number: int) -> str | bytes | int:
    """What a column has in the row of a number; one that refers to another has what that has there."""
    for reference in column.foreign_keys:
        return _value(reference.column, number)
    if isinstance(column.type, Text):
        return to_json({f"{column.table.name}.{column.name}": f"{number} ☃"})
    return bytes([number, 0, 255]) if isinstance(column.type, LargeBinary) else number


def _rows(connection: Connection) -> Rows:
    return {
        table.name: [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
        for table in _tables(connection)
    }


def _made_at(engine: Engine, revision: str) -> Rows:
    """Make the tables of a revision and fill them; returns what they hold."""
    with writing(engine) as connection:
        command.upgrade(configuration(connection), revision)
        _fill(connection)
        return _rows(connection)


def _check_is_up_to_date(engine: Engine, before: Rows) -> None:
    """The tables are those that the code uses, and what the earlier ones held is in them."""
    with reading(engine) as connection:
        assert stored_revision(connection) == NEWEST_REVISION
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        after = _rows(connection)
    for table, rows in before.items():
        assert [{name: row[name] for name in old} for old, row in zip(rows, after[table], strict=True)] == rows


def test_the_newest_migration_is_the_one_that_the_code_expects() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [NEWEST_REVISION] == REVISIONS[-1:]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_registry_of_any_revision_is_brought_up_to_date_with_what_it_holds(engine: Engine, revision: str) -> None:
    before = _made_at(engine, revision)
    assert len(before) >= 10
    upgrade(engine)
    _check_is_up_to_date(engine, before)


def test_segments_and_generations_of_the_first_revision_are_used_on(engine: Engine, empty_url: str) -> None:
    with writing(engine) as connection:
        command.upgrade(configuration(connection), "0001")
        columns = (
            "tile_table, range_start, range_end, version, path, slots, inputs, rows, bytes, statistics, created_at"
        )
        connection.execute(
            text(f"INSERT INTO segments ({columns}) VALUES ('tiles', 0, 9, 1, 'a', '{{}}', '[]', 1, 1, '{{}}', 5)")
        )
        connection.execute(
            text(
                "INSERT INTO generations (view, fingerprint, columns, state, watermark, created_at, changed_at) "
                "VALUES ('punctuality', 'f1', '[]', 'current', 10, 0, 0)"
            )
        )
    opened = Registry.open(empty_url)
    (held,) = opened.segments.current("tiles")
    assert (held.path, held.vacuumed_at, opened.segments.version_at(5)) == ("a", None, 1)
    assert opened.findings.all() == opened.late_rows.since("tiles", 0) == ()
    assert opened.generations.servable("punctuality", 1).record is None
    assert opened.holds.put("punctuality", 1, {}, "", "ann", 5).generation_id == 1
    opened.close()


def test_a_registry_of_a_newer_version_is_refused_and_left_alone(registry: Registry, url: str) -> None:
    with writing(registry.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        ConfigurationError, match=f"revision 9999, newer than this version's {NEWEST_REVISION}; upgrade"
    ):
        Registry.open(url)
    with reading(registry.engine) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_processes_make_one_registry_at_once(engine: Engine, empty_url: str) -> None:
    at_once = [start(_open, empty_url) for _ in range(3)]
    assert [run.result() for run in at_once] == [0, 0, 0]
    _check_is_up_to_date(engine, {})


@pytest.mark.parametrize("revision", [None, "0001"])
def test_an_upgrade_that_fails_changes_nothing(
    engine: Engine, revision: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _made_at(engine, revision) if revision else {}

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        # The last thing that the first migration does, and one that later ones do.
        patched.setattr("alembic.operations.Operations.bulk_insert", fail)
        patched.setattr("alembic.operations.Operations.create_index", fail)
        with pytest.raises(ZeroDivisionError):
            upgrade(engine)
    with reading(engine) as connection:
        assert stored_revision(connection) == revision
        assert sorted(set(inspect(connection).get_table_names()) - {"alembic_version", "counters"}) == sorted(before)
        assert _rows(connection) == before
    upgrade(engine)
    _check_is_up_to_date(engine, before)


@pytest.mark.parametrize("revision", [None, "0001"])
def test_an_upgrade_that_is_killed_anywhere_is_completed_by_the_next(
    engine: Engine, empty_url: str, revision: str | None
) -> None:
    before = _made_at(engine, revision) if revision else {}
    engine.dispose()
    for after in (1, 5, 10):
        run = start(_upgrade_and_die, empty_url, after)
        run.process.join(60)
        assert run.process.exitcode == -signal.SIGKILL
        with reading(engine) as connection:
            assert stored_revision(connection) == revision
            assert _rows(connection) == before
    assert call(_open, empty_url) == 0
    _check_is_up_to_date(engine, before)


def _open(say: Say, url: str) -> int:
    registry = Registry.open(url)
    version = registry.segments.latest_version()
    registry.close()
    return version


def _upgrade_and_die(say: Say, url: str, after: int) -> None:
    """Upgrade, and end by SIGKILL after so many statements that change tables."""
    engine, changed = open_database(url), []

    def count(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().startswith(("CREATE", "ALTER")):
            changed.append(statement)
            if len(changed) == after:
                os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "after_cursor_execute", count)
    upgrade(engine)
