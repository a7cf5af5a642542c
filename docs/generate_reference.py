"""Write docs/reference/: cli.md from the commands, yaml.md and schema.json from the models.

    python docs/generate_reference.py

The files are committed; a test holds that they are what this writes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402
from pydantic import BaseModel  # noqa: E402
from pydantic.fields import FieldInfo  # noqa: E402

from definitions import expectation, model, patterns  # noqa: E402
from definitions.functions import ALIASES, FORMS, FUNCTIONS, Function  # noqa: E402
from definitions.load import SECTIONS  # noqa: E402
from definitions.model import KINDS, Definition  # noqa: E402
from definitions.rules import RULES, rule_name  # noqa: E402
from definitions.schema import build_json_schema  # noqa: E402
from definitions.types import SIMPLE_TYPE_NAMES  # noqa: E402
from featurestore.cli.exit_codes import MEANINGS  # noqa: E402
from featurestore.cli.main import COMMANDS, main  # noqa: E402

GENERATED = "<!-- Written by docs/generate_reference.py; change what it reads, not this file. -->"
EXPECTING = """\
sources:
  - name: orders
    path: data/orders/*.parquet
    timestamp: placed_at
    columns: {order_id: bigint, customer_id: bigint, status: string, amount: "decimal(12,2)", placed_at: timestamp}
    on_block: hold
    expect:
      - {check: unique, columns: order_id, severity: block}
      - {check: range, column: amount, min: 0, at_least: 0.999}
      - {check: in_set, column: status, values: [paid, shipped, returned], severity: block}
      - {check: relation, that: status <> 'paid' or amount > 0}
      - {check: freshness, within: 36h}
      - {check: volume, within: 0.3, weeks: 6}
feature_views:
  - name: customer_orders
    entity: customer
    keys: {customer: customer_id}
    source: orders
    sla: {fresh_within: 30h}
    features:
      - {name: spent, agg: sum, of: amount, windows: [28d], expect: [{check: range, min: 0}, {check: stable}]}
"""
EXAMPLE = ROOT / "featurestore/templates/minimal/features.yaml"


def generate_reference() -> dict[str, str]:
    """The text of each file of docs/reference/, by its name."""
    return {
        "cli.md": _join(_cli()),
        "yaml.md": _join(_yaml()),
        "schema.json": json.dumps(build_json_schema(), indent=2, ensure_ascii=False) + "\n",
    }


def _join(blocks: Iterator[str]) -> str:
    return "\n\n".join(block.strip("\n") for block in blocks) + "\n"


# The commands


def _cli() -> Iterator[str]:
    yield GENERATED
    yield "# The `featurestore` command"
    yield (
        "Results go to stdout; errors, notices and progress to stderr. With `--json`, stdout is one JSON document, "
        "and an error is one on stderr, unless the command line is wrong. `python -m featurestore` is the same command."
    )
    yield _table(("exit code", "meaning"), [(str(code), meaning) for code, meaning in MEANINGS.items()])
    group = main.make_context("featurestore", [], resilient_parsing=True)
    for name in COMMANDS:
        command = main.get_command(group, name)
        assert command is not None
        yield from _help(command, group, f"## {name}")


def _help(command: click.Command, parent: click.Context, title: str) -> Iterator[str]:
    """What a command says of itself, and then those below it."""
    yield title
    name = command.name
    with click.Context(command, parent=parent, info_name=name, terminal_width=100, max_content_width=100) as context:
        yield f"```\n{command.get_help(context)}\n```"
        for below in command.commands.values() if isinstance(command, click.Group) else ():
            yield from _help(below, context, f"{title} {below.name}")


# The YAML


def _yaml() -> Iterator[str]:
    schema = build_json_schema()
    shapes = schema["$defs"]
    yield GENERATED
    yield "# The YAML of a feature repository"
    yield (
        "Every `*.yaml` and `*.yml` below a repository's folder is read, but `featurestore.yaml`, hidden folders and "
        f"`data/`. A file holds any of {_list(SECTIONS)}; it may begin with a `team` and an `owner` for all that it "
        "defines. Names are unique per kind. Unknown keys are errors. `schema.json` beside this page is for editors."
    )
    yield f"```yaml\n{EXAMPLE.read_text(encoding='utf-8')}```"
    own = set(Definition.model_fields)
    for section, kind in SECTIONS.items():
        yield from _shape(f"`{section}`", KINDS[kind].__name__, shapes, own)
    yield "## What every definition has"
    yield _prose(Definition.__doc__)
    entity = shapes["Entity"]
    yield _keys(Definition, {name: entity["properties"][name] for name in Definition.model_fields})
    for name in (
        *("Feature", "Join", "ViewTest", "ServiceLevel", "ServiceEntry"),
        *("Column", "Dedupe", "Lifecycle", "Brownout"),
    ):
        yield from _shape(name, name, shapes, set())
    yield from _expectations(shapes)
    yield "## Types and spans of time"
    yield (
        f"Types are {_list(SIMPLE_TYPE_NAMES)} and `decimal(p,s)`. A span is a whole number and `s`, `m`, `h`, `d` or "
        "`w`, such as `30m` or `28d`. Instants are ISO 8601, in UTC where they name no offset."
    )
    yield from _expressions()
    yield "## What is checked"
    yield _table(("rule", "it says"), [(f"`{rule_name(rule)}`", _first(rule.__doc__)) for rule in RULES])


def _shape(title: str, name: str, shapes: Mapping[str, Any], without: set[str]) -> Iterator[str]:
    shape = shapes[name]
    full = shape if "properties" in shape else next(each for each in shape["anyOf"] if "properties" in each)
    yield f"## {title}"
    yield _prose(full.get("description"))
    properties = {key: value for key, value in full["properties"].items() if key == "name" or key not in without}
    yield _keys(getattr(model, name), properties)


def _keys(shape: type[BaseModel], properties: Mapping[str, Any]) -> str:
    rows = [(f"`{key}`", _type(value), _default(shape.model_fields[key])) for key, value in properties.items()]
    return _table(("key", "value", "if left out"), rows)


def _type(shape: Mapping[str, Any]) -> str:
    """A value's type in words."""
    if "$ref" in shape:
        target = str(shape["$ref"]).rpartition("/")[2]
        article = "an" if target[0] in "AEIO" else "a"
        return {"DataType": "a type", "Duration": "a span"}.get(target, f"{article} [{target}](#{target.lower()})")
    if "const" in shape:
        return f"`{shape['const']}`"
    if "enum" in shape:
        return " or ".join(f"`{each}`" for each in shape["enum"])
    if {"boolean", "string"} <= {each.get("type") for each in shape.get("anyOf", ())}:
        return "a number, a text, a date, true or false"
    if "anyOf" in shape:
        return " or ".join(_type(each) for each in shape["anyOf"] if each.get("type") != "null")
    match shape.get("type"):
        case "array":
            return f"a list: {_type(shape.get('items', {}))} each"
        case "object":
            values = shape.get("additionalProperties")
            return f"names, {_type(values)} each" if isinstance(values, dict) else "names and values"
        case "integer":
            return "a whole number"
        case "number":
            return "a number"
        case "boolean":
            return "true or false"
        case "string":
            formats = {"date": "a date", "date-time": "an instant"}
            return "a name" if "pattern" in shape else formats.get(str(shape.get("format")), "a text")
    return "a value"


def _expectations(shapes: Mapping[str, Any]) -> Iterator[str]:
    yield "## Expectation"
    yield _prose(expectation.__doc__)
    yield f"```yaml\n{EXPECTING}```"
    yield (
        "A `severity` of `warn`, which is what holds if it is left out, lets data that break it go on with a finding. "
        "`block` does with them what `on_block` of the source or view says: `hold` keeps them back until somebody "
        "accepts them, `publish_flagged` lets them go on with the finding beside them. "
        "A `column` is named on a source; on a feature it is left out, as its own columns are meant. "
        "`at_least` is the share of values that must be so: all, if it is left out."
    )
    members = [shapes[str(each["$ref"]).rpartition("/")[2]] for each in shapes["Expectation"]["oneOf"]]
    rows = [
        (f"`{each['properties']['check']['const']}`", _own_keys(each), _line(each["description"])) for each in members
    ]
    yield _table(("check", "keys beside `check` and `severity`", "it says"), rows)
    yield "## Patterns"
    yield _prose(patterns.__doc__).partition("\n\n")[2]


def _own_keys(shape: Mapping[str, Any]) -> str:
    keys = {key: value for key, value in shape["properties"].items() if key not in ("check", "severity")}
    said = {"column": "`column`", "at_least": "`at_least`"}
    return "; ".join(said.get(key) or f"`{key}`: {_type(value)}{_otherwise(value)}" for key, value in keys.items())


def _otherwise(shape: Mapping[str, Any]) -> str:
    default = shape.get("default")
    return f" (`{default}`)" if default is not None else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, tuple):
        value = ", ".join(map(str, value))
    if isinstance(value, model.Lifecycle):
        value = value.state
    return f"`{value}`" if value else ""


def _expressions() -> Iterator[str]:
    yield "## Expressions"
    yield (
        "`of` and `where` are Spark SQL scalar expressions over the source's columns: literals, `+ - * / %`, "
        f"comparisons, `and`, `or`, `not`, `is null`, {_list(FORMS)}, and these functions. "
        "What fails (a division by zero, an overflow, NaN, infinity) is null."
    )
    other = {name: [alias for alias, meant in ALIASES.items() if meant == name] for name in FUNCTIONS}
    rows = [(_call(function), function.summary, _list(other[name])) for name, function in FUNCTIONS.items()]
    yield _table(("function", "value", "also spelt"), rows)


def _call(function: Function) -> str:
    return f"`{function.name}({', '.join(function.kinds)}{', ...' if function.variadic else ''})`"


def _list(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _prose(text: str | None) -> str:
    """A docstring as paragraphs."""
    paragraphs = (text or "").split("\n\n")
    return "\n\n".join(" ".join(line.strip() for line in paragraph.splitlines()) for paragraph in paragraphs)


def _line(text: str | None) -> str:
    return _prose(text).replace("\n\n", " ")


def _first(text: str | None) -> str:
    return _prose(text).partition("\n\n")[0]


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    folder = ROOT / "docs/reference"
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in generate_reference().items():
        (folder / file).write_text(text, encoding="utf-8")
