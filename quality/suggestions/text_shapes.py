"""Texts that all have one shape: runs of digits, capitals and small letters with the same signs between them.

A pattern stays within what every engine reads alike: classes, counts, plus signs and single characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from definitions.expectation import Matches
from quality.suggestions.history import SourceSample

FEWEST_TEXTS: Final = 20
"""How many different texts there have to be for a shape to be more than a coincidence."""
_MOST_TEXTS: Final = 2_000
"""More are not looked at; whether all rows have the shape is counted anyway."""
_LONGEST: Final = 100
_MOST_RUNS: Final = 12

_SIGNS: Final = frozenset("-_./:@# +")
_MEANT: Final = frozenset(".+")
"""The signs that have a meaning of their own in patterns."""

_LEVELS: Final[tuple[Mapping[str, str], ...]] = (
    {"digit": "0-9", "capital": "A-Z", "small": "a-z"},
    {"digit": "0-9", "capital": "A-Za-z", "small": "A-Za-z"},
    {"digit": "0-9a-f", "capital": "A-Z", "small": "0-9a-f"},
    {"digit": "0-9a-z", "capital": "A-Z", "small": "0-9a-z"},
    {"digit": "A-Z0-9", "capital": "A-Z0-9", "small": "a-z"},
    {"digit": "A-Za-z0-9", "capital": "A-Za-z0-9", "small": "A-Za-z0-9"},
)
"""What characters are told apart, from the finest to the coarsest."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Characters of one class one after the other; a sign stands alone and is its own class."""

    of: str
    text: str


def propose_text_shapes(sample: SourceSample) -> Iterator[Matches]:
    """The columns whose texts all have one shape in the sample."""
    for column, kind in sample.types.items():
        if kind.name == "string":
            texts = sorted(set(sample.known(column)))
            some = texts[:: -(-len(texts) // _MOST_TEXTS) or 1]
            pattern = shape_of(some, sample.is_personal(column)) if len(texts) >= FEWEST_TEXTS else None
            if pattern is not None:
                yield Matches(check="matches", column=column, pattern=pattern)


def shape_of(texts: Sequence[str], is_personal: bool = False) -> str | None:
    """The pattern of the finest shape that all texts have; None if they have none. Of personal texts it tells classes
    and signs alone, neither letters that all begin with nor how long they are."""
    if any(not text or len(text) > _LONGEST or "\n" in text for text in texts):
        return None
    for classes in _LEVELS:
        runs = [_runs(text, classes) for text in texts]
        first = runs[0]
        if first is None or len(first) > _MOST_RUNS:
            return None
        shape = [run.of for run in first]
        if all(each is not None and [run.of for run in each] == shape for each in runs):
            columns = list(zip(*(each for each in runs if each is not None), strict=True))
            pattern = "".join(_spell([run.text for run in column], column[0].of, is_personal) for column in columns)
            # Letters and digits in any order and number are no shape.
            return None if pattern == f"[{_LEVELS[-1]['digit']}]+" else pattern
    return None


def _runs(text: str, classes: Mapping[str, str]) -> list[_Run] | None:
    """None of a text with characters that no pattern here has."""
    told = [_class_of(character, classes) for character in text]
    if None in told:
        return None
    runs = []
    for of, group in groupby(zip(told, text, strict=True), key=lambda pair: pair[0]):
        characters = "".join(character for _, character in group)
        assert of is not None
        runs += [_Run(of, sign) for sign in characters] if of in _SIGNS else [_Run(of, characters)]
    return runs


def _class_of(character: str, classes: Mapping[str, str]) -> str | None:
    if character in _SIGNS:
        return character
    if not character.isascii() or not character.isalnum():
        return None
    return classes["digit" if character.isdigit() else "capital" if character.isupper() else "small"]


def _spell(texts: Sequence[str], of: str, is_personal: bool) -> str:
    """One run, as a pattern of all texts that stand there."""
    if of in _SIGNS:
        return f"\\{of}" if of in _MEANT else of
    if is_personal:
        return f"[{of}]+"
    if of != "0-9" and len(set(texts)) == 1:
        return texts[0]
    lengths = {len(text) for text in texts}
    # Digits without a zero in front may be a number, which gets more of them as it grows.
    is_number = of == "0-9" and not any(text.startswith("0") for text in texts)
    if len(lengths) > 1 or is_number:
        return f"[{of}]+"
    (length,) = lengths
    return f"[{of}]" if length == 1 else f"[{of}]{{{length}}}"
