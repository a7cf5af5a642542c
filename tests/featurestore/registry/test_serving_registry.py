"""Serving records: stored by the registry, read by a process that loads next to nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect

from definitions.errors import ConfigurationError
from featurestore.registry.database import open_database, reading
from featurestore.registry.registry import Registry
from featurestore.registry.serving_reader import SqliteServingReader, open_serving_reader
from tests.featurestore.registry.conftest import only_on_postgresql, only_on_sqlite


def test_a_record_comes_back_byte_by_byte(registry: Registry, url: str) -> None:
    payload = bytes(range(256))
    registry.serving.store("late's \x01 service", payload, 1)
    reader = open_serving_reader(url)
    assert registry.serving.load("late's \x01 service") == reader.load("late's \x01 service") == payload
    assert registry.serving.load("other") is None and reader.load("other") is None


def test_the_revision_changes_exactly_when_a_record_does(registry: Registry, url: str) -> None:
    reader = open_serving_reader(url)
    seen = [reader.revision()]
    for name, payload in (("a", b"1"), ("a", b"1"), ("b", b"1"), ("a", b"2")):
        registry.serving.store(name, payload, 1)
        seen.append(reader.revision())
    registry.serving.remove("a")
    registry.serving.remove("a")
    seen.append(reader.revision())
    assert seen == [0, 1, 1, 2, 3, 4] and registry.serving.revision() == 4
    assert registry.serving.names() == ("b",)


@only_on_sqlite
def test_reading_loads_neither_sqlalchemy_nor_pydantic(registry: Registry, url: str) -> None:
    registry.serving.store("a", b"payload", 1)
    script = (
        "import sys; from featurestore.registry.serving_reader import open_serving_reader;"
        "assert open_serving_reader(sys.argv[1]).load('a') == b'payload';"
        "print([name for name in ('sqlalchemy', 'pydantic', 'yaml', 'pandas') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script, url], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_registry_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="run `featurestore apply` first"):
        open_serving_reader(f"sqlite:///{tmp_path}/none/registry.db")
    assert list(tmp_path.iterdir()) == []


@only_on_postgresql
def test_a_database_without_the_tables_is_refused_and_left_alone(empty_url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"no registry in postgresql\+psycopg://.*; run `featurestore apply`"):
        open_serving_reader(empty_url)
    with reading(open_database(empty_url)) as connection:
        assert inspect(connection).get_table_names() == []


def test_a_file_without_the_tables_is_refused(tmp_path: Path) -> None:
    (tmp_path / "registry.db").touch()
    with pytest.raises(ConfigurationError, match="run `featurestore apply` first"):
        open_serving_reader(f"sqlite:///{tmp_path}/registry.db")


@only_on_sqlite
def test_a_closed_reader_opens_again(registry: Registry, url: str) -> None:
    reader = open_serving_reader(url)
    assert isinstance(reader, SqliteServingReader)
    reader.close()
    assert reader.revision() == 0
