"""Read a repository folder: every YAML file in it, all its problems at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from definitions.errors import DefinitionError, Location, Problem
from definitions.loaded import LoadedRepository
from definitions.model import KINDS, Definition, Repository
from definitions.plain_words import describe, explain_errors
from definitions.positions import Document, Place, read_document, yaml_files
from definitions.rules import check_repository
from definitions.suggest import suggest

SECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"entities": "entity", "sources": "source", "feature_views": "feature_view", "feature_services": "feature_service"}
)
"""The lists a file may hold, and the kind that each holds."""

FILE_DEFAULTS: Final = ("team", "owner")
"""What a file may say once for all its definitions."""


def load_repository(root: Path) -> LoadedRepository:
    """Read and check all definitions below `root`.

    Files are `*.yaml` and `*.yml`, except featurestore.yaml, hidden folders and `data/`.

    Raises:
        DefinitionError: with every problem of every file.
    """
    gathered = _Gathered()
    if not root.is_dir():
        raise DefinitionError([Problem("no-repository", f"there is no folder {root}", None, "check the path")])
    for file in yaml_files(root):
        _gather_file(gathered, read_document(file))
    if not gathered.places and not gathered.problems:
        hint = "write entities, sources and feature_views into a .yaml file there, or run `featurestore init`"
        raise DefinitionError([Problem("empty-repository", f"{root} defines nothing", None, hint)])
    loaded = gathered.loaded()
    problems = [*gathered.problems, *check_repository(loaded)]
    errors = sorted((problem for problem in problems if problem.severity == "error"), key=_reading_order)
    if errors:
        raise DefinitionError(errors)
    warnings = sorted((problem for problem in problems if problem.severity == "warning"), key=_reading_order)
    return LoadedRepository(loaded.repository, tuple(warnings), loaded.places)


def _reading_order(problem: Problem) -> tuple[str, int, int]:
    place = problem.location
    return (str(place.file), place.line, place.column) if place else ("", 0, 0)


@dataclass
class _Gathered:
    """What the files read so far have brought."""

    definitions: dict[str, dict[str, Definition]] = field(default_factory=lambda: {section: {} for section in SECTIONS})
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    broken: set[tuple[str, str]] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, rule: str, message: str, location: Location, suggestion: str = "") -> None:
        self.problems.append(Problem(rule, message, location, suggestion))

    def loaded(self) -> LoadedRepository:
        # Each definition has been validated on its own: construct, or all would be validated again.
        repository = Repository.model_construct(
            entities=self.definitions["entities"],
            sources=self.definitions["sources"],
            feature_views=self.definitions["feature_views"],
            feature_services=self.definitions["feature_services"],
        )
        return LoadedRepository(repository, (), self.places, frozenset(self.broken))


def _gather_file(gathered: _Gathered, document: Document) -> None:
    gathered.problems.extend(document.problems)
    content, place = document.value, document.place
    if content is None:
        return
    if not isinstance(content, dict):
        gathered.complain(
            "wrong-type", f"expected keys such as feature_views, found {describe(content)}", place.location
        )
        return
    valid = (*FILE_DEFAULTS, *SECTIONS)
    for key in content:
        if key not in valid:
            gathered.complain(
                "unknown-key", f"unknown key {key!r}", place.children[key].key, suggest(key, valid, "keys")
            )
    defaults = {}
    for key in FILE_DEFAULTS:
        if isinstance(content.get(key), str):
            defaults[key] = content[key]
        elif content.get(key) is not None:
            found = describe(content[key])
            gathered.complain("wrong-type", f"{key!r}: expected a text, found {found}", place.children[key].location)
    for section in SECTIONS:
        _gather_section(gathered, section, content.get(section), place, defaults)


def _gather_section(
    gathered: _Gathered, section: str, items: Any, file_place: Place, defaults: Mapping[str, str]
) -> None:
    if items is None:
        return
    place = file_place.children[section]
    if not isinstance(items, list):
        hint = "begin each one with a dash"
        gathered.complain("wrong-type", f"{section!r}: expected a list, found {describe(items)}", place.location, hint)
        return
    for index, item in enumerate(items):
        _gather_definition(gathered, section, item, place.children[index], defaults)


def _gather_definition(gathered: _Gathered, section: str, item: Any, place: Place, defaults: Mapping[str, str]) -> None:
    kind = SECTIONS[section]
    model = KINDS[kind]
    if not isinstance(item, dict):
        message = f"expected {kind.replace('_', ' ')} keys such as name, found {describe(item)}"
        gathered.complain("wrong-type", message, place.location)
        return
    name = item.get("name")
    if isinstance(name, str) and (kind, name) in gathered.places:
        first = gathered.places[kind, name]
        gathered.complain(
            "duplicate-name", f"the {kind.replace('_', ' ')} {name!r} is defined twice; first at {first.location}",
            place.find(("name",)).location, "names are unique per kind: rename one or remove one",
        )  # fmt: skip
        return
    if isinstance(name, str):
        gathered.places[kind, name] = place
    try:
        definition = model.model_validate({**defaults, **item})
    except ValidationError as error:
        gathered.problems.extend(explain_errors(model, place, error))
        gathered.broken.add((kind, str(name)))
        return
    gathered.definitions[section][definition.name] = definition
