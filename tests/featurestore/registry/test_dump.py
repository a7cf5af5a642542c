"""The registry's rows as JSON and back: every type, the numbering, all or nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from definitions.errors import RequestError
from definitions.model import Repository
from featurestore.registry.database import reading
from featurestore.registry.dump import dump_rows, dumped_tables, is_empty, load_rows
from featurestore.registry.registry import Registry
from featurestore.registry.revision import NEWEST_REVISION
from featurestore.registry.tables import to_json
from tests.featurestore.registry.conftest import DATABASES, SECOND, MakeUrl

Dump = dict[str, list[Any]]


@pytest.fixture(params=DATABASES)
def other(request: pytest.FixtureRequest, make_url: MakeUrl) -> Iterator[Registry]:
    """Another registry, on the same kind of database or on another."""
    opened = Registry.open(make_url(request.param, "other"))
    yield opened
    opened.close()


def _fill(registry: Registry) -> None:
    """Something in tables that refer to each other, in one of bytes and in one of wide numbers."""
    lease = registry.leases.acquire("publish/carrier_daily", "first", 60, SECOND)
    made = registry.generations.open("carrier_daily", "f1", [("arrivals_7d", "bigint", 0)], -(2**62))
    publish = registry.generations.begin_publish(lease, made.id, 2**62, 1, SECOND)
    registry.generations.finish_publish(lease, publish, SECOND)
    registry.serving.store("view:carrier_daily", bytes(range(256)), SECOND)
    registry.runs.start("materialize", {"views": ["naïve ☃ \u2028 \n"]}, SECOND)


def _dump(engine: Engine) -> Dump:
    with reading(engine) as connection:
        return {
            table.name: [json.loads(to_json(row)) for row in dump_rows(connection, table)] for table in dumped_tables()
        }


def test_what_is_dumped_is_loaded_whatever_it_is(registry: Registry, other: Registry) -> None:
    _fill(registry)
    dumped = _dump(registry.engine)
    assert all(dumped[table] for table in ("counters", "leases", "generations", "publishes", "serving", "runs"))
    load_rows(other.engine, NEWEST_REVISION, dumped)
    assert _dump(other.engine) == dumped
    assert other.serving.load("view:carrier_daily") == bytes(range(256))
    assert other.generations.of("carrier_daily") == registry.generations.of("carrier_daily")


def test_numbering_goes_on_behind_what_was_loaded(registry: Registry, other: Registry) -> None:
    _fill(registry)
    load_rows(other.engine, NEWEST_REVISION, _dump(registry.engine))
    assert other.runs.start("materialize", {}, 0) == registry.runs.start("materialize", {}, 0) == 2
    revision = other.serving.revision()
    other.serving.store("view:other", b"", 0)
    assert other.serving.revision() == revision + 1


def test_tables_that_are_not_given_are_as_the_migrations_made_them(registry: Registry, other: Registry) -> None:
    _fill(registry)
    fresh, runs = _dump(other.engine), _dump(registry.engine)["runs"]
    load_rows(other.engine, NEWEST_REVISION, {"runs": runs})
    assert _dump(other.engine) == {**fresh, "runs": runs}


def test_a_load_that_fails_leaves_the_registry_as_it_was(registry: Registry, other: Registry) -> None:
    _fill(registry)
    dumped = _dump(registry.engine)

    def broken() -> Iterator[Any]:
        yield from dumped["runs"]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        load_rows(other.engine, NEWEST_REVISION, {**dumped, "runs": broken()})
    with reading(other.engine) as connection:
        assert is_empty(connection)
    load_rows(other.engine, NEWEST_REVISION, dumped)
    assert _dump(other.engine) == dumped


def test_a_registry_with_any_row_is_refused_and_keeps_it(registry: Registry, other: Registry) -> None:
    _fill(registry)
    other.runs.start("mine", {}, 0)
    before = _dump(other.engine)
    with pytest.raises(RequestError, match="is not empty: runs holds rows"):
        load_rows(other.engine, NEWEST_REVISION, _dump(registry.engine))
    assert _dump(other.engine) == before


def test_whoever_applies_waits_for_a_load(registry: Registry, other: Registry) -> None:
    _fill(registry)
    dumped = _dump(registry.engine)
    applied: list[int] = []
    waiting = threading.Thread(
        target=lambda: applied.append(other.definitions.apply(Repository(), {}, "ann", 1).revision)
    )

    @event.listens_for(other.engine, "before_cursor_execute")
    def _meanwhile(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().startswith("DROP TABLE") and not waiting.ident:
            waiting.start()
            waiting.join(0.3)
            assert waiting.is_alive()

    load_rows(other.engine, NEWEST_REVISION, dumped)
    waiting.join()
    assert applied == [0] and _dump(other.engine) == dumped


def test_one_state_is_read_while_others_write(registry: Registry) -> None:
    with reading(registry.engine) as connection:
        assert is_empty(connection)
        _fill(registry)
        assert is_empty(connection)
    with reading(registry.engine) as connection:
        assert not is_empty(connection)
