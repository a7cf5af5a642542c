"""Definitions as far as rights are concerned: read from models, or from their JSON without loading any model."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from featurestore.governance.access_record import Thing, key_of

if TYPE_CHECKING:
    from definitions.model import Definition


def thing_of(kind: str, definition: Definition) -> Thing:
    """A definition as a thing."""
    return thing_of_body(kind, definition.model_dump(mode="json"))


def thing_of_body(kind: str, body: Mapping[str, Any], version: int | None = None) -> Thing:
    """The JSON of a definition as a thing; of its `version`, if one is given."""
    name = body["name"] if version is None else f"{body['name']}@{version}"
    hidden = body.get("visibility") == "hidden"
    return Thing(kind, name, body.get("team"), body.get("owner"), hidden, _inputs(kind, body), _place(kind, body))


def owned_as(thing: Thing, other: Thing) -> Thing:
    """A thing, whose it is and who sees it as of another one."""
    return replace(thing, team=other.team, owner=other.owner, hidden=other.hidden)


def may_share_rows(one: Thing, other: Thing) -> bool:
    """Whether two sources may be of the same rows; said of patterns that cannot be told apart, too."""
    if not one.place or not other.place:
        return False
    if one.place == other.place or fnmatchcase(one.place, other.place) or fnmatchcase(other.place, one.place):
        return True
    parts = one.place.split("/"), other.place.split("/")
    if "**" in one.place or "**" in other.place:
        return all(_may_match(first, second) for first, second in zip(*map(_fixed, parts), strict=False))
    return len(parts[0]) == len(parts[1]) and all(map(_may_match, *parts))


def _inputs(kind: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    match kind:
        case "source":
            return tuple(key_of("source", member) for member in body.get("union") or ())
        case "feature_view":
            joined = (join["source"] for join in body.get("join") or ())
            sources = dict.fromkeys(key_of("source", name) for name in (body["source"], *joined))
            return (key_of("entity", body["entity"]), *sources)
        case "feature_service":
            entries = ((entry["view"], entry.get("version")) for entry in body["features"])
            named = (view if version is None else f"{view}@{version}" for view, version in entries)
            return tuple(dict.fromkeys(key_of("feature_view", name) for name in named))
        case _:
            return ()


def _place(kind: str, body: Mapping[str, Any]) -> str:
    if kind != "source":
        return ""
    if body.get("table"):
        return f"table:{body['table'].lower()}"
    return posixpath.normpath(body["path"]) if body.get("path") else ""


def _fixed(parts: list[str]) -> list[str]:
    """The parts before the first `**`."""
    return parts[: parts.index("**")] if "**" in parts else parts


def _may_match(one: str, other: str) -> bool:
    wild = [any(sign in part for sign in "*?[") for part in (one, other)]
    return all(wild) or fnmatchcase(one, other) or fnmatchcase(other, one)
