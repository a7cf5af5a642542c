"""Spark's errors in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from builders.exact import LimbsExceededError
from builders.spark.functions import LIMB_ERROR
from builders.sql.finish import SUM_ERROR
from builders.sql.pairs import ENTITY_DATAFRAME
from definitions.errors import RequestError, SourceError, ValueRangeError

_UNREADABLE: Final = ("FAILED_READ_FILE", "PATH_NOT_FOUND", "CANNOT_READ", "CANNOT_MERGE_SCHEMAS")
_NO_SUCH_VALUE: Final = "CAST_INVALID_INPUT"
_TOLD: Final = re.compile(r"\[[A-Z_]+(?:\.[A-Z_]+)*\] [^\n]*")
"""A line that says what happened; Java may have wrapped it in others, which only say that something did."""

_TOO_LARGE: Final = ("NUMERIC_VALUE_OUT_OF_RANGE", "ARITHMETIC_OVERFLOW")
"""What a sum raises that leaves its decimal."""


@contextmanager
def translated_errors(what: str) -> Iterator[None]:
    """Raise Spark's errors as ours; `what` says what was being done.

    Raises:
        LimbsExceededError: a sum of doubles needs more limbs, or a decimal sum more than 38 digits.
        ValueRangeError: an integer sum leaves bigint.
        SourceError: files are missing, unreadable, truncated or hold values of another type.
        RequestError: an entity key of the entity dataframe is not of its declared type.
    """
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        text = str(error)
        if SUM_ERROR in text:
            found = text[text.index(SUM_ERROR) :].split("\n", maxsplit=1)[0]
            raise ValueRangeError(f"{what}: {found}; use a double or a shorter window") from error
        if told := _told(text, LIMB_ERROR, *_TOO_LARGE):
            raise LimbsExceededError(f"{what}: {told}") from error
        if told := _told(text, *_UNREADABLE):
            raise SourceError(f"{what}: {told}") from error
        if told := _told(text, _NO_SUCH_VALUE):
            kind = RequestError if ENTITY_DATAFRAME in text else SourceError
            raise kind(f"{what}: {told}") from error
        raise


def _told(text: str, *signs: str) -> str | None:
    """The line of `text` that says what happened, if one of the signs is in it anywhere."""
    if not any(sign in text for sign in signs):
        return None
    lines: list[str] = [*_TOLD.findall(text), text.strip().split("\n", maxsplit=1)[0]]
    return next((line for line in lines if any(sign in line for sign in signs)), lines[0])
