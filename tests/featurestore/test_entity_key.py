"""Keys of entities to be erased: what engines spell, what is remembered, what is never shown."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from builders.duckdb.connection import DuckDBSettings
from builders.duckdb.engine import DuckDBEngine
from builders.engine import ErasedKey
from definitions.errors import RequestError
from definitions.model import Entity
from featurestore.entity_key import read_entity_key

VALUES = [
    ("string", "Zoë's\nkey", "VARCHAR"),
    ("string", "", "VARCHAR"),
    ("bigint", -(2**63), "BIGINT"),
    ("int", "7", "INTEGER"),
    ("boolean", True, "BOOLEAN"),
    ("decimal(12,2)", Decimal("1.5"), "DECIMAL(12, 2)"),
    ("decimal(12,2)", "-0.05", "DECIMAL(12, 2)"),
    ("date", date(1969, 12, 31), "DATE"),
    ("timestamp", datetime(2024, 1, 1, 3, 4, 5, 120_000), "TIMESTAMP"),
    ("timestamp", "1969-12-31T23:59:59Z", "TIMESTAMP"),
]


@pytest.mark.parametrize(("kind", "value", "physical"), VALUES)
def test_a_key_of_any_type_is_found_in_tiles_by_its_value_and_by_its_digest(
    tmp_path: Path, kind: str, value: Any, physical: str
) -> None:
    key = read_entity_key({"k": value}, {"e": Entity(name="e", keys={"k": kind, "other": "bigint"})})
    file = tmp_path / "tiles.parquet"
    duckdb.execute(
        f"COPY (SELECT CAST(? AS {physical}) AS k, other, 0::BIGINT AS hop_start, 1 AS n FROM range(3) t(other)) "
        f"TO '{file}' (FORMAT parquet)",
        [key.texts["k"]],
    )
    engine = DuckDBEngine(DuckDBSettings(threads=1))
    erased = ErasedKey(4, ("k",), "salt", key.digest("salt"))
    assert engine.find_erased([file], [erased]) == {4: 3}
    assert engine.find_erased([file], [ErasedKey(4, ("k",), "pepper", key.digest("salt"))]) == {}
    assert engine.find_erased([file], [ErasedKey(4, ("k", "unknown"), "salt", key.digest("salt"))]) == {}
    kept, none, again = (tmp_path / name for name in ("kept", "none", "again"))
    for folder in (kept, none, again):
        folder.mkdir()
    left = engine.erase_entities(file, {**key.texts, "other": "1"}, kept)
    assert left is not None and left.rows == 2
    assert engine.find_erased([left.path], [erased]) == {4: 2}
    nobody = engine.erase_entities(left.path, key.texts, none)
    assert nobody is not None and engine.find_erased([nobody.path], [erased]) == {}
    assert engine.erase_entities(nobody.path, key.texts, again) is None
    assert list(again.iterdir()) == []


def test_a_digest_is_of_salt_and_texts_in_the_order_of_names() -> None:
    entities = {"e": Entity(name="e", keys={"b": "bigint", "a": "string"})}
    key = read_entity_key({"b": "7", "a": "x"}, entities)
    assert key.digest("s") == hashlib.sha256(b"s\nx\n7").hexdigest()
    assert repr(key).startswith("<") and "EntityKey" in repr(key)


@pytest.mark.parametrize("value", [None, "7.5", "seven", 2**63, True])
def test_a_value_of_another_type_is_refused_without_quoting_it(value: Any) -> None:
    with pytest.raises(RequestError) as refused:
        read_entity_key({"k": value}, {"e": Entity(name="e", keys={"k": "bigint"})})
    assert refused.value.__cause__ is None and "seven" not in str(refused.value)
