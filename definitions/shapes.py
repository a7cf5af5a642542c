"""The types of models, followed along the places where pydantic found something."""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

Path = tuple[str | int, ...]


def follow(model: type[BaseModel], location: Path) -> tuple[Path, Any]:
    """The steps of `location` that stand in the YAML, and the type of what is there (`None` where that is unknown).

    Where one key tells several models apart, as `check` does, pydantic has its value among the steps.
    """
    annotation: Any = model
    path: list[str | int] = []
    for step in location:
        members = _members(annotation)
        if members:
            annotation = next((each for tag, (_, each) in members.items() if tag == step), None)
        else:
            path.append(step)
            annotation = _inside(annotation, step)
    return tuple(path), annotation


def fields_of(model: type[BaseModel], location: Path) -> tuple[str, ...]:
    """The keys of the model at `location`; none if no model is there."""
    annotation = _unwrapped(follow(model, location)[1])
    return tuple(annotation.model_fields) if _is_model(annotation) else ()


def tags_of(model: type[BaseModel], location: Path) -> dict[Any, str]:
    """The values by which the models at `location` are told apart, each with the key that has it."""
    return {tag: key for tag, (key, _) in _members(follow(model, location)[1]).items()}


def _members(annotation: Any) -> dict[Any, tuple[str, type[BaseModel]]]:
    """Of a union of models that a key tells apart: that key and the model, by the key's value."""
    annotation = _unwrapped(annotation)
    models = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    if not all(map(_is_model, models)):
        return {}
    return {
        get_args(field.annotation)[0]: (key, each)
        for each in models
        for key, field in each.model_fields.items()
        if field.is_required() and get_origin(field.annotation) is Literal
    }


def _inside(annotation: Any, step: str | int) -> Any:
    """The type of a field, an item or a value."""
    annotation = _unwrapped(annotation)
    if _is_model(annotation):
        field = annotation.model_fields.get(step)
        return field.annotation if field else None
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0]
    if isinstance(get_origin(annotation), type) and issubclass(get_origin(annotation), Mapping):
        return get_args(annotation)[1]
    return None


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _unwrapped(annotation: Any) -> Any:
    """Without `Annotated` and without `None` beside it."""
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    if get_origin(annotation) in (Union, UnionType):
        present = [each for each in get_args(annotation) if each is not type(None)]
        return _unwrapped(present[0]) if len(present) == 1 else annotation
    return annotation
