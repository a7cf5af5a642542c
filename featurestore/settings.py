"""A YAML file of known keys, read as text by dotted name, with the line of each."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import yaml

from definitions.errors import ConfigurationError

Shape = Mapping[str, "Shape | Literal['list'] | None"]
"""The keys that a section may have: None is a value, `list` a list of values, a shape is a section; `*` stands for any
name, `word.*` for any key that begins so. A section with a `type` may be given as that alone."""

NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")
NAME_RULE: Final = "a name is lower case letters, digits, _ and -, and begins with a letter"
_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
_NULL: Final = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Setting:
    """A value as it was written, before `${NAME}` is replaced; empty for a section or a list."""

    text: str
    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def expanded(self) -> str:
        """The value with each `${NAME}` read from the process environment.

        Raises:
            ConfigurationError: a variable is not set; the message names it and the line.
        """
        return _VARIABLE.sub(self._variable, self.text)

    def _variable(self, match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if value is None:
            raise ConfigurationError(
                f"{self}: the environment variable {match[1]} is not set; set it and run this again"
            )
        return value


def read_settings(file: Path, shape: Shape) -> dict[str, Setting]:
    """Read a YAML file whose keys must be of `shape`, as settings by dotted name, such as `offline.path`.

    Sections and lists are there too, so that an empty one can be told from a missing one; the items of a list are
    `name.0`, `name.1` and so on. Values are never interpreted here.

    Raises:
        ConfigurationError: the file is missing, no YAML, or of another shape: every problem with its line.
    """
    try:
        document = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no {file.name} in {file.parent}; `featurestore init` makes a repository"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{file}:{line}: this is no YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: this is no YAML: {error}") from error
    problems: list[str] = []
    settings = {} if document is None else dict(_section(document, shape, "", file, problems))
    if problems:
        raise ConfigurationError("\n".join(problems))
    return settings


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'this'?` for the known name that is most like `name`; empty if none is."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def _section(
    node: yaml.Node, shape: Shape, prefix: str, file: Path, problems: list[str]
) -> Iterator[tuple[str, Setting]]:
    if isinstance(node, yaml.ScalarNode) and "type" in shape and node.tag != _NULL:
        yield f"{prefix}type", Setting(node.value, file, node.start_mark.line + 1)
        return
    if not isinstance(node, yaml.MappingNode):
        what = prefix.rstrip(".") or "the file"
        problems.append(f"{_place(file, node)}: {what} must be a section of keys; it may have {', '.join(shape)}")
        return
    seen: set[str] = set()
    for key_node, value in node.value:
        key = str(key_node.value)
        name = f"{prefix}{key}"
        known = _shape_of(key, shape)
        if known is None:
            listed = ", ".join(f"{prefix}{other}" for other in shape)
            problems.append(f"{_place(file, key_node)}: unknown key {name!r}{nearest(key, shape)}; there are {listed}")
            continue
        if known == "*" and not NAME.fullmatch(key):
            problems.append(f"{_place(file, key_node)}: {name} is not called well: {NAME_RULE}")
            continue
        if key in seen:
            problems.append(f"{_place(file, key_node)}: {name} is given twice; keep one")
        seen.add(key)
        inner = shape[known]
        if inner == "list":
            yield name, Setting("", file, key_node.start_mark.line + 1)
            yield from _items(value, name, file, problems)
        elif inner is not None:
            yield name, Setting("", file, key_node.start_mark.line + 1)
            yield from _section(value, inner, f"{name}.", file, problems)
        elif isinstance(value, yaml.ScalarNode) and value.tag != _NULL:
            yield name, Setting(value.value, file, value.start_mark.line + 1)
        else:
            problems.append(f"{_place(file, value)}: {name} must be one value; leave the key out for the default")


def _items(node: yaml.Node, name: str, file: Path, problems: list[str]) -> Iterator[tuple[str, Setting]]:
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not isinstance(node, yaml.SequenceNode) or not all(isinstance(item, yaml.ScalarNode) for item in items):
        problems.append(f"{_place(file, node)}: {name} must be a list of values, such as [one, other]")
        return
    for position, item in enumerate(items):
        yield f"{name}.{position}", Setting(item.value, file, item.start_mark.line + 1)


def _shape_of(key: str, shape: Shape) -> str | None:
    """The key of the shape that stands for this one."""
    if key in shape:
        return key
    return next((known for known in shape if known.endswith("*") and key.startswith(known.removesuffix("*"))), None)


def _place(file: Path, node: yaml.Node) -> str:
    return f"{file}:{node.start_mark.line + 1}"
