"""The JSON Schema of one YAML file, made from the models, so that editors complete and check what is written."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from definitions.load import FILE_DEFAULTS, SECTIONS
from definitions.model import KINDS
from definitions.types import SIMPLE_TYPE_NAMES

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_DURATION: Final = {"type": "string", "pattern": r"^\d{1,9}[smhdw]$", "description": "A span such as 30m, 1h or 28d."}
_TYPE: Final = {
    "description": "A type's name.",
    "anyOf": [{"enum": list(SIMPLE_TYPE_NAMES)}, {"type": "string", "pattern": r"^decimal\(\d{1,2}, ?\d{1,2}\)$"}],
}
_REFERENCE: Final = {
    "type": "string",
    "pattern": r"^[a-z][a-z0-9_]*(@\d+)?:(\*|[a-z][a-z0-9_]*)$",
    "description": "view:column, view:* or view@2:column",
}


def build_json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of a file: its lists and, once each under `$defs`, what may stand in them."""
    _, generated = models_json_schema([(model, "validation") for model in KINDS.values()], by_alias=True)
    shapes = dict(generated["$defs"])
    # What people write as a word is an object in the model: the word comes first.
    shapes["DataType"], shapes["Duration"] = _TYPE, _DURATION
    shapes["Column"] = {"anyOf": [{"$ref": "#/$defs/DataType"}, shapes["Column"]]}
    shapes["Lifecycle"] = {"anyOf": [shapes["Lifecycle"]["properties"]["state"], shapes["Lifecycle"]]}
    shapes["ServiceEntry"] = {"anyOf": [_REFERENCE, shapes["ServiceEntry"]]}
    places = (["path", "columns"], ["table", "columns"], ["union"])
    shapes["Source"]["anyOf"] = [{"required": keys} for keys in places]
    joined, joins = shapes["Join"]["properties"], shapes["FeatureView"]["properties"]
    joined["on"] = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, joined["on"]]}
    joins["join"] = {"anyOf": [{"$ref": "#/$defs/Join"}, joins["join"]]}
    columns = shapes["Unique"]["properties"]
    columns["columns"] = {"anyOf": [{"type": "string"}, columns["columns"]]}
    shapes["Range"]["anyOf"] = [{"required": [bound]} for bound in ("min", "max")]
    shapes["Expectation"] = {"oneOf": shapes["Source"]["properties"]["expect"]["items"]["oneOf"]}
    for expecting in ("Source", "Feature"):
        shapes[expecting]["properties"]["expect"]["items"] = {"$ref": "#/$defs/Expectation"}
    sections = {
        section: {"type": "array", "items": {"$ref": f"#/$defs/{KINDS[kind].__name__}"}}
        for section, kind in SECTIONS.items()
    }
    return {
        "$schema": DIALECT,
        "title": "Feature definitions",
        "description": "One file of a feature repository.",
        "type": "object",
        "additionalProperties": False,
        "properties": {**{key: {"type": "string"} for key in FILE_DEFAULTS}, **sections},
        "$defs": shapes,
    }
