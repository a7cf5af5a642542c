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
