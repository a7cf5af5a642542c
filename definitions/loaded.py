"""A repository as read from its files: the definitions, and where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from definitions.errors import Location, Problem
from definitions.model import Repository
from definitions.positions import Place

Kind = Literal["entity", "source", "feature_view", "feature_service"]


@dataclass(frozen=True)
class LoadedRepository:
    """The definitions that could be read (`repository`) and the `warnings` about them.

    `places` are where definitions stand, by kind and name. `broken` are those whose own text has a problem, so that
    nobody complains a second time that they are missing.
    """

    repository: Repository
    warnings: tuple[Problem, ...] = ()
    places: Mapping[tuple[str, str], Place] | None = None
    broken: frozenset[tuple[str, str]] = frozenset()

    def locate(self, kind: Kind, name: str, *path: str | int) -> Location | None:
        """Where the value at `path` of a definition stands, such as ("features", 2, "where"), or the nearest around it.

        `None` if the definition came from no file.
        """
        place = self.place(kind, name, *path)
        return place.location if place else None

    def place(self, kind: Kind, name: str, *path: str | int) -> Place | None:
        """The place of the value at `path`, which knows the location of each character too."""
        place = (self.places or {}).get((kind, name))
        return place.find(path) if place else None

    def is_broken(self, kind: Kind, name: str) -> bool:
        """Whether a definition of this name was written, but could not be read."""
        return (kind, name) in self.broken
