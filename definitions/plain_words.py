"""What pydantic found wrong with a definition, in the words of the person who wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from definitions.errors import Problem
from definitions.model import MOST_ITEMS
from definitions.positions import Place
from definitions.suggest import suggest

Path = tuple[str | int, ...]


def explain_errors(model: type[BaseModel], place: Place, error: ValidationError) -> Iterator[Problem]:
    """One problem for each place where `error` stands, in file order of discovery."""
    seen: set[Path] = set()
    for detail in error.errors(include_url=False, include_context=True):
        path = _known_part(place, detail["loc"])
        # A field that may be one of several shapes reports each shape it is not: one complaint will do.
        # A list whose only item is wrong counts as too short: the item's own complaint says more.
        if detail["type"] == "too_short" and detail["input"]:
            continue
        if path in seen and detail["type"] not in ("extra_forbidden", "missing"):
            continue
        seen.add(path)
        yield _explain(model, place, detail, path)


def _known_part(place: Place, location: tuple[int | str, ...]) -> Path:
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
            valid = model_at(model, detail["loc"][:-1])
            hint = suggest(name, valid.model_fields, "keys") if valid else ""
            if found is None and " " in name:
                hint = "a comma inside { } ends a text: put the whole text in quotes"
            return Problem("unknown-key", f"unknown key {name!r}", where.key, hint)
        case "missing":
            return Problem("missing-key", f"the key {name!r} is missing", where.location, f"add {name}:")
        case "literal_error":
            valid_words = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
            message = f"{found!r} is not among the values of {_key(path)!r}"
            return Problem("wrong-value", message, where.location, suggest(str(found), valid_words, "values"))
        case "string_pattern_mismatch":
            hint = "lower case letters, digits and underscores, a letter first, 63 at most"
            return Problem("wrong-value", f"{found!r} is no name", where.location, hint)
        case "value_error":
            return Problem("wrong-value", str(context.get("error", detail["msg"])), where.location)
        case "too_short":
            return Problem("wrong-value", f"{_key(path)!r} must not be empty", where.location)
        case _:
            return Problem("wrong-type", f"{_key(path)!r}: {_expected(kind, detail)}, found {describe(found)}",
                           where.location, _type_hint(kind, found))  # fmt: skip


def _key(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "this definition")


def _expected(kind: str, detail: ErrorDetails) -> str:
    wanted = {
        "string_type": "expected a text", "tuple_type": "expected a list", "list_type": "expected a list",
        "mapping_type": "expected keys and values", "dict_type": "expected keys and values",
        "model_type": "expected keys and values", "model_attributes_type": "expected keys and values",
        "int_type": "expected a whole number", "int_parsing": "expected a whole number",
        "greater_than_equal": "expected a number from 1 on", "less_than_equal": f"expected at most {MOST_ITEMS}",
        "greater_than": "expected a share between 0 and 1", "less_than": "expected a share between 0 and 1",
        "float_type": "expected a number", "float_parsing": "expected a number", "date_type": "expected a date",
        "date_from_datetime_parsing": "expected a date such as 2013-12-31",
        "dataclass_type": "expected a word such as 1d for a duration or double for a type",
        "dataclass_exact_type": "expected a word such as 1d for a duration or double for a type",
        "is_instance_of": "expected a word",
    }  # fmt: skip
    return wanted.get(kind, detail["msg"][:1].lower() + detail["msg"][1:])


def _type_hint(kind: str, found: Any) -> str:
    if kind == "string_type" and isinstance(found, (bool, int, float, date)):
        return "put it in quotes"
    return "write it as a list: [..]" if kind in ("tuple_type", "list_type") and isinstance(found, str) else ""


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


def model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that describes the value at `path` of a `model`, or `None` if that is no model."""
    annotation: Any = model
    for step in path:
        annotation = _unwrapped(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if step not in annotation.model_fields:
                return None
            annotation = annotation.model_fields[str(step)].annotation
        elif get_origin(annotation) is tuple:
            annotation = get_args(annotation)[0]
        elif isinstance(get_origin(annotation), type) and issubclass(get_origin(annotation), Mapping):
            annotation = get_args(annotation)[1]
        else:
            return None
    annotation = _unwrapped(annotation)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _unwrapped(annotation: Any) -> Any:
    """Without `Annotated` and without `None` beside it."""
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    if get_origin(annotation) in (Union, UnionType):
        present = [each for each in get_args(annotation) if each is not type(None)]
        return _unwrapped(present[0]) if len(present) == 1 else annotation
    return annotation
