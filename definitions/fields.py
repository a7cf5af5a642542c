"""What the fields of definitions are made of: names, types and durations as they stand in YAML."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from definitions.durations import EXACT, Duration, Every, parse_duration
from definitions.types import DataType, parse_type

NAME_PATTERN: Final = r"^[a-z][a-z0-9_]{0,62}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
"""Lower case letters, digits and underscores; it becomes a column, a folder and a reference."""

TypeField = Annotated[
    DataType,
    BeforeValidator(lambda value: parse_type(value) if isinstance(value, str) else value),
    PlainSerializer(str, return_type=str),
]
DurationField = Annotated[
    Duration,
    BeforeValidator(lambda value: parse_duration(value) if isinstance(value, str) else value),
    PlainSerializer(str, return_type=str),
]
EveryField = Annotated[
    Every,
    BeforeValidator(lambda value: parse_duration(value) if isinstance(value, str) and value != EXACT else value),
    PlainSerializer(str, return_type=str),
]


class Model(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
