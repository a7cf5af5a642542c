"""The JSON Schema that editors use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from definitions.model import Aggregation
from definitions.positions import read_document
from definitions.schema import build_json_schema
from tests.definitions.repositories import FLIGHTS


def test_the_schema_knows_every_key_and_the_short_forms() -> None:
    schema = build_json_schema()
    json.dumps(schema)
    assert set(schema["properties"]) == {
        "team", "owner", "entities", "sources", "feature_views", "feature_services",
    }  # fmt: skip
    shapes = schema["$defs"]
    assert schema["additionalProperties"] is False
    assert shapes["FeatureView"]["additionalProperties"] is False
    assert shapes["Column"]["anyOf"][0] == {"$ref": "#/$defs/DataType"}
    assert "draft" in shapes["Lifecycle"]["anyOf"][0]["enum"]
    assert shapes["ServiceEntry"]["anyOf"][0]["type"] == "string"
    assert set(shapes["Feature"]["properties"]["agg"]["enum"]) == set(get_args(Aggregation))


def test_every_reference_in_the_schema_leads_somewhere() -> None:
    schema = build_json_schema()

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [each for part in value.values() for each in references(part)]
        return [each for part in value for each in references(part)] if isinstance(value, list) else []

    assert {each.removeprefix("#/$defs/") for each in references(schema)} <= set(schema["$defs"])


def test_the_schema_accepts_what_loads_and_refuses_an_unknown_key(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(build_json_schema())
    (tmp_path / "flights.yaml").write_text(FLIGHTS)
    content = json.loads(json.dumps(read_document(tmp_path / "flights.yaml").value, default=str))
    validator.validate(content)
    content["feature_views"][0]["featurs"] = []
    assert not validator.is_valid(content)


@pytest.mark.parametrize(
    ("check", "accepted"),
    [
        ({"check": "not_null", "column": "origin", "severity": "block"}, True),
        ({"check": "range", "column": "arr_delay", "max": 5.5, "at_least": 0.99}, True),
        ({"check": "range", "column": "arrived_at", "min": "2013-01-01"}, True),
        ({"check": "in_set", "column": "origin", "values": ["EWR", 5, True]}, True),
        ({"check": "matches", "column": "origin", "pattern": "[A-Z]{3}"}, True),
        ({"check": "unique", "columns": "origin"}, True),
        ({"check": "unique", "columns": ["origin", "carrier"]}, True),
        ({"check": "relation", "that": "arr_delay > 0"}, True),
        ({"check": "freshness", "within": "6h"}, True),
        ({"check": "volume", "weeks": 6, "within": 0.3}, True),
        ({"check": "great_expectations", "expectation": "expect_x", "arguments": {"n": 1}}, True),
        ({"check": "not_nul", "column": "origin"}, False),
        ({"column": "origin"}, False),
        ("not_null", False),
        ({"check": "not_null", "colum": "origin"}, False),
        ({"check": "not_null", "column": "origin", "min": 5}, False),
        ({"check": "not_null", "column": "origin", "at_least": 1.5}, False),
        ({"check": "range", "column": "arr_delay"}, False),
        ({"check": "range", "column": "arr_delay", "min": [5]}, False),
        ({"check": "in_set", "column": "origin", "values": []}, False),
        ({"check": "unique", "columns": []}, False),
        ({"check": "freshness", "within": "6 hours"}, False),
        ({"check": "volume", "weeks": 1}, False),
        ({"check": "great_expectations", "expectation": "expect_x", "severity": "block"}, False),
    ],
)
def test_the_schema_knows_what_may_be_expected(tmp_path: Path, check: Any, accepted: bool) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(build_json_schema())
    (tmp_path / "flights.yaml").write_text(FLIGHTS)
    content = json.loads(json.dumps(read_document(tmp_path / "flights.yaml").value, default=str))
    content["sources"][0]["expect"] = [check]
    assert validator.is_valid(content) == accepted
    del content["sources"][0]["expect"]
    content["feature_views"][0]["features"][0]["expect"] = [check]
    assert validator.is_valid(content) == accepted


@pytest.mark.parametrize(("key", "value"), [("sla", {"fresh_within": "6h"}), ("on_block", "publish_flagged")])
def test_the_schema_knows_what_a_view_promises(tmp_path: Path, key: str, value: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(build_json_schema())
    (tmp_path / "flights.yaml").write_text(FLIGHTS)
    content = json.loads(json.dumps(read_document(tmp_path / "flights.yaml").value, default=str))
    content["feature_views"][0][key] = value
    validator.validate(content)
    content["feature_views"][0][key] = "often"
    assert not validator.is_valid(content)
