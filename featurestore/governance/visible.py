"""What a principal sees of the definitions: those that it may discover, so that all else is as if it were not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from definitions.model import Definition, Repository
from featurestore.governance.access_record import Company, Thing, key_of
from featurestore.governance.rights import may
from featurestore.governance.things import owned_as, thing_of

COLLECTIONS: Final[Mapping[str, str]] = {
    "entity": "entities",
    "source": "sources",
    "feature_view": "feature_views",
    "feature_service": "feature_services",
}
"""Where a repository holds each kind."""


def visible_repository(
    repository: Repository, company: Company, principal: str, now: int, earlier: bool = False
) -> Repository:
    """The definitions that somebody may discover; whatever these are made of is among them.

    `earlier` definitions were made of other things then, and belong to whom the present ones belong to.
    """
    if earlier:
        things = {
            key_of(kind, name): as_owned(company, thing_of(kind, definition))
            for kind, collection in COLLECTIONS.items()
            for name, definition in getattr(repository, collection).items()
        }
        company = replace(company, things={**company.things, **things})
    parts: dict[str, Any] = {
        collection: _visible(kind, getattr(repository, collection), company, principal, now)
        for kind, collection in COLLECTIONS.items()
    }
    return Repository.model_construct(**parts)


def overlay(below: Repository, above: Repository, within: Repository) -> Repository:
    """The definitions of both, those `above` first, as far as there is one of that name `within` a third."""
    parts: dict[str, Any] = {}
    for collection in COLLECTIONS.values():
        under, over, held = (getattr(each, collection) for each in (below, above, within))
        parts[collection] = {name: each for name, each in {**under, **over}.items() if name in held}
    return Repository.model_construct(**parts)


def as_owned(company: Company, thing: Thing) -> Thing:
    """A thing as its present owner has it."""
    known = company.things.get(key_of(thing.kind, thing.name))
    return thing if known is None else owned_as(thing, known)


def _visible(
    kind: str, definitions: Mapping[str, Definition], company: Company, principal: str, now: int
) -> dict[str, Definition]:
    return {
        name: definition
        for name, definition in definitions.items()
        if (thing := company.things.get(key_of(kind, name))) is not None
        and may(company, principal, "discover", thing, now)
    }
