"""YAML as plain values, each with its place in the file.

Scalars mean what they look like: `true` and `false` are the only truth values (`on`, `no` and `y` are words),
`1:30` and `010` are no numbers in disguise, and times are UTC unless they say otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from definitions.errors import Location, Problem

_Loader: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+")
_NOT_FINITE: Final = {".nan": "nan", ".inf": "inf", "+.inf": "inf", "-.inf": "-inf"}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]+\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?( ?(Z|z|[-+]\d{2}(:?\d{2})?))?")
_MOST_VALUES: Final = 200_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: `location` of the value, `key` of the key before it, and the places of what it holds.

    `text_offset` is where a scalar's first character stands after `location` on the same line, or `None` where the
    file spells it otherwise (escapes, several lines).
    """

    location: Location
    key: Location
    children: Mapping[str | int, Place] = field(default_factory=dict)
    text_offset: int | None = None

    def find(self, path: tuple[str | int, ...]) -> Place:
        """The place of the value at `path`, or of the nearest thing around it."""
        place = self
        for step in path:
            if step == 0 and place.is_mapping:
                # The only item of a list may stand there without the list.
                continue
            if step not in place.children:
                break
            place = place.children[step]
        return place

    @property
    def is_mapping(self) -> bool:
        return any(isinstance(key, str) for key in self.children)

    def at(self, offset: int) -> Location:
        """The location of the character `offset` of a scalar, or of the scalar."""
        if self.text_offset is None:
            return self.location
        return Location(self.location.file, self.location.line, self.location.column + self.text_offset + offset)


@dataclass(frozen=True, slots=True)
class Document:
    """One file's value (`None` if it holds nothing), its places, and what was wrong with its YAML."""

    value: Any
    place: Place
    problems: tuple[Problem, ...]


def read_document(file: Path) -> Document:
    """Read one YAML file; problems are collected, never raised."""
    start = Location(file, 1, 1)
    try:
        text = file.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=_Loader)
    except OSError as error:
        return _broken(start, f"the file cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        return _broken(start, f"the file is not UTF-8: {error.reason} at byte {error.start}")
    except RecursionError:
        return _broken(start, "the YAML is nested too deeply")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        near = Location(file, mark.line + 1, mark.column + 1) if mark else start
        what = " ".join(part for part in (error.context, error.problem) if part)
        return _broken(near, f"malformed YAML: {what}", "check indentation, colons and brackets near here")
    except yaml.YAMLError as error:
        return _broken(start, f"malformed YAML: {str(error).splitlines()[0]}")
    if node is None:
        return Document(None, Place(start, start), ())
    reader = _Reader(file, text.splitlines())
    value, place = reader.read(node, None)
    return Document(value, place, tuple(reader.problems))


def _broken(location: Location, message: str, suggestion: str = "") -> Document:
    problem = Problem("malformed-yaml", message, location, suggestion)
    return Document(None, Place(location, location), (problem,))


class _Reader:
    """Turns nodes into values and places; gathers problems on the way."""

    def __init__(self, file: Path, lines: list[str]) -> None:
        self._file = file
        self._lines = lines
        self._open: set[int] = set()
        self._count = 0
        self.problems: list[Problem] = []

    def read(self, node: yaml.Node, key: Location | None) -> tuple[Any, Place]:
        location = self._location(node)
        self._count += 1
        if id(node) in self._open:
            self._complain("an alias stands inside what it names", location)
            return None, Place(location, key or location)
        if self._count >= _MOST_VALUES:
            if self._count == _MOST_VALUES:
                self._complain("the file holds too many values, aliases counted", location)
            return None, Place(location, key or location)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, location), Place(location, key or location, {}, self._text_offset(node))
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, location, key)
            return self._sequence(node, location, key)
        finally:
            self._open.discard(id(node))

    def _sequence(self, node: yaml.Node, location: Location, key: Location | None) -> tuple[Any, Place]:
        pairs = [self.read(item, None) for item in node.value]
        return [value for value, _ in pairs], Place(location, key or location, dict(enumerate(p for _, p in pairs)))

    def _mapping(self, node: yaml.Node, location: Location, key: Location | None) -> tuple[Any, Place]:
        values: dict[str, Any] = {}
        places: dict[str | int, Place] = {}
        for key_node, value_node in node.value:
            here = self._location(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain("a key must be a word", here)
                continue
            name = str(key_node.value)
            if name in values:
                self._complain(f"the key {name!r} stands twice; first at {places[name].key}", here, "duplicate-key")
                continue
            values[name], places[name] = self.read(value_node, here)
        return values, Place(location, key or location, places)

    def _scalar(self, node: yaml.ScalarNode, location: Location) -> Any:
        text = str(node.value)
        if node.tag not in ("tag:yaml.org,2002:str", "!", None):
            self._complain(f"the tag {node.tag} is not supported", location, hint="write the value plainly")
            return text
        # Only plain scalars may be anything but text: quotes mean text.
        if node.style:
            return text
        try:
            return resolve_scalar(text)
        except ValueError as error:
            self._complain(f"{text!r} is no date or time: {error}", location, hint="put it in quotes if it is a text")
            return text

    def _complain(self, message: str, location: Location, rule: str = "malformed-yaml", hint: str = "") -> None:
        self.problems.append(Problem(rule, message, location, hint))

    def _location(self, node: yaml.Node) -> Location:
        mark = node.start_mark
        return Location(self._file, mark.line + 1, mark.column + 1)

    def _text_offset(self, node: yaml.ScalarNode) -> int | None:
        mark, text = node.start_mark, str(node.value)
        if not text or mark.line >= len(self._lines):
            return None
        offset = 1 if node.style else 0
        start = mark.column + offset
        return offset if self._lines[mark.line][start : start + len(text)] == text else None


def resolve_scalar(text: str) -> Any:
    """What an unquoted scalar means: null, a truth value, a number, a date, an instant in UTC, or text.

    Raises:
        ValueError: it looks like a date or a time and is none, such as 2013-02-30.
    """
    for pattern, convert in _SHAPES:
        if pattern.fullmatch(text):
            return convert(text)
    lowered = text.lower()
    if lowered in ("true", "false"):
        return lowered == "true"
    if lowered in ("", "~", "null"):
        return None
    return float(_NOT_FINITE[lowered]) if lowered in _NOT_FINITE else text


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(re.sub(r"[Tt ]+", "T", text, count=1).replace(" ", "").replace("z", "Z"))
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


_SHAPES: Final[tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...]] = (
    (_INTEGER, int),
    (_FLOAT, float),
    (_DATE, date.fromisoformat),
    (_INSTANT, _instant),
)


def yaml_files(root: Path) -> Iterator[Path]:
    """The repository's YAML files in order: no hidden folders, not `data/`, not featurestore.yaml."""
    return _files_below(root, skipped=("data", "featurestore.yaml"))


def _files_below(folder: Path, skipped: tuple[str, ...] = ()) -> Iterator[Path]:
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        if path.name.startswith(".") or path.name in skipped:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files_below(path)
        elif path.suffix in (".yaml", ".yml"):
            yield path
