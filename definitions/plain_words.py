"""What pydantic found wrong with a definition, in the words of the person who wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from definitions.errors import Problem
from definitions.expectation import EXPECTATION_PATTERN
from definitions.fields import NAME_PATTERN
from definitions.positions import Place
from definitions.shapes import Path, fields_of, follow, tags_of
from definitions.suggest import nearest, suggest

_WANTED: Final = {
    "string_type": "expected a text", "tuple_type": "expected a list", "list_type": "expected a list",
    "mapping_type": "expected keys and values", "dict_type": "expected keys and values",
    "model_type": "expected keys and values", "model_attributes_type": "expected keys and values",
    "int_type": "expected a whole number", "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number", "float_type": "expected a number",
    "float_parsing": "expected a number", "date_type": "expected a date",
    "date_from_datetime_parsing": "expected a date such as 2013-12-31",
    "dataclass_type": "expected a word such as 1d for a duration or double for a type",
    "dataclass_exact_type": "expected a word such as 1d for a duration or double for a type",
    "is_instance_of": "expected a word",
}  # fmt: skip
_BOUNDS: Final = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
"""How pydantic calls a bound, and what it asks for."""

_PATTERNS: Final = {
    NAME_PATTERN: ("name", "lower case letters, digits and underscores, a letter first, 63 at most"),
    EXPECTATION_PATTERN: ("expectation of Great Expectations", "such as expect_column_mean_to_be_between"),
}


def explain_errors(model: type[BaseModel], place: Place, error: ValidationError) -> Iterator[Problem]:
    """One problem for each place where `error` stands, in file order of discovery."""
    seen: set[Path] = set()
    for detail in error.errors(include_url=False, include_context=True):
        path = _known_part(place, follow(model, detail["loc"])[0])
        # A field that may be one of several shapes reports each shape it is not: one complaint will do.
        # A list whose only item is wrong counts as too short: the item's own complaint says more.
        if detail["type"] == "too_short" and detail["input"]:
            continue
        if path in seen and detail["type"] not in ("extra_forbidden", "missing"):
            continue
        seen.add(path)
        yield _explain(model, place, detail, path)


def _known_part(place: Place, location: Path) -> Path:
    path: list[str | int] = []
    for step in location:
        if step == 0 and place.is_mapping:
            continue
        if step not in place.children:
            break
        path.append(step)
        place = place.children[step]
    return tuple(path)


def _explain(model: type[BaseModel], place: Place, detail: ErrorDetails, path: Path) -> Problem:
    where = place.find(path)
    found, kind = detail["input"], detail["type"]
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    context = detail.get("ctx", {})
    match kind:
        case "extra_forbidden":
            hint = suggest(name, fields_of(model, detail["loc"][:-1]), "keys")
            if found is None and " " in name:
                hint = "a comma inside { } ends a text: put the whole text in quotes"
            return Problem("unknown-key", f"unknown key {name!r}", where.key, hint)
        case "missing":
            return Problem("missing-key", f"the key {name!r} is missing", where.location, f"add {name}:")
        case "union_tag_invalid" | "union_tag_not_found":
            return _explain_tag(model, place, detail, path)
        case "literal_error":
            valid_words = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
            message = f"{found!r} is not among the values of {_key(path)!r}"
            return Problem("wrong-value", message, where.location, suggest(str(found), valid_words, "values"))
        case "string_pattern_mismatch":
            what, hint = _PATTERNS[context["pattern"]]
            return Problem("wrong-value", f"{found!r} is no {what}", where.location, hint)
        case "value_error":
            return Problem("wrong-value", str(context.get("error", detail["msg"])), where.location)
        case "too_short":
            return Problem("wrong-value", f"{_key(path)!r} must not be empty", where.location)
        case _:
            hint = _type_hint(kind, found)
            if isinstance(found, str) and found in (tags := tags_of(model, detail["loc"])):
                hint = f"write {{{tags[found]}: {found}, ..}}"
            return Problem("wrong-type", f"{_key(path)!r}: {_expected(detail)}, found {describe(found)}",
                           where.location, hint)  # fmt: skip


def _explain_tag(model: type[BaseModel], place: Place, detail: ErrorDetails, path: Path) -> Problem:
    """What is wrong with the key by which shapes are told apart, such as `check`."""
    key = str(detail["ctx"]["discriminator"]).strip("'")
    where, tags, written = place.find(path), tags_of(model, detail["loc"]), detail["input"]
    if key in written:
        found, where = written[key], place.find((*path, key))
        if not isinstance(found, str):
            message = f"{key!r}: expected a text, found {describe(found)}"
            return Problem("wrong-type", message, where.location, suggest("", tags, f"{key}s"))
        return Problem("wrong-value", f"unknown {key} {found!r}", where.location, suggest(found, tags, f"{key}s"))
    misspelt = nearest(key, written)
    meant = next((each for each in written if each in tags), None)
    if misspelt is not None:
        hint = f"write {key} in place of {misspelt}"
    else:
        hint = f"write {{{key}: {meant}, ..}}" if meant else f"add {key}:, such as {next(iter(tags))}"
    return Problem("missing-key", f"the key {key!r} is missing", where.location, hint)


def _key(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "this definition")


def _expected(detail: ErrorDetails) -> str:
    for bound, words in _BOUNDS.items():
        if bound in detail.get("ctx", {}):
            number = detail["ctx"][bound]
            return f"expected {words} {int(number) if number == int(number) else number:,}"
    return _WANTED.get(detail["type"], detail["msg"][:1].lower() + detail["msg"][1:])


def _type_hint(kind: str, found: Any) -> str:
    if kind == "string_type" and isinstance(found, (bool, int, float, date)):
        return "put it in quotes"
    if kind not in ("tuple_type", "list_type"):
        return ""
    return "begin each one with a dash" if isinstance(found, dict) else "write it as a list: [..]"


def describe(value: Any) -> str:
    """A value as its author sees it."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "keys and values"
        case list() | tuple():
            return "a list"
        case bool():
            return str(value).lower()
        case date():
            return f"the date {value.isoformat()}"
        case str():
            return repr(value)
        case _:
            return str(value)
