"""What a principal may apply of a repository, and what stays as it is because it is somebody else's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from definitions.loaded import LoadedRepository
from definitions.model import Definition, Repository
from definitions.rules import RULES
from featurestore.governance.access_record import Company, Thing, key_of
from featurestore.governance.rights import may, may_write, refused_sources, team_of
from featurestore.governance.things import may_share_rows, thing_of
from featurestore.governance.visible import COLLECTIONS, overlay
from featurestore.governance.words import ASK_PLATFORM, how_to_ask, in_words

Definitions = Mapping[str, Definition]
"""By `kind:name`."""


@dataclass(frozen=True)
class Writing:
    """What would stand once somebody's YAML is applied, and why it may not be; without `refusals` it may."""

    repository: Repository
    refusals: tuple[str, ...]

    def seen(self, visible: Repository, offered: Repository) -> Repository:
        """What would stand, as far as its author sees it: what is offered, and of the rest what is visible."""
        return overlay(visible, offered, self.repository)


def prepare_writing(company: Company, principal: str, applied: Repository, offered: Repository, now: int) -> Writing:
    """What becomes of the applied definitions when somebody offers a repository.

    The YAML speaks for the teams that it names and that its author writes for: what these no longer declare is
    retired. Everything else stays as it is, and must go on working.
    """
    before, after = _by_key(applied), _by_key(offered)
    writer = _Writer(company, principal, now)
    changed = {key: made for key, made in after.items() if key not in before or _body(made) != _body(before[key])}
    refusals = [text for key, made in changed.items() for text in writer.refuse_change(key, made)]
    refusals += [text for key in after if key not in changed for text in writer.refuse_unseen(key)]
    if not refusals:
        mine = {key: thing_of(key.partition(":")[0], made) for key, made in changed.items()}
        writer = _Writer(replace(company, things={**company.things, **mine}), principal, now)
        refusals += [text for key in changed for text in writer.refuse_inputs(mine[key])]
    teams = {team_of(company, thing_of(key.partition(":")[0], made)) for key, made in after.items()}
    kept = {key: made for key, made in before.items() if key not in after and not writer.retires(key, teams)}
    needed = dict(_needed(kept, before, after))
    refusals += [writer.breaks(key, "is needed by what others declare") for key in needed]
    whole = _repository({**after, **needed, **kept})
    refusals += writer.broken_by({*kept, *needed}, applied, whole)
    return Writing(whole, tuple(dict.fromkeys(refusals)))


@dataclass(frozen=True)
class _Writer:
    company: Company
    principal: str
    now: int

    def sees(self, thing: Thing | None) -> bool:
        return thing is not None and may(self.company, self.principal, "discover", thing, self.now)

    def refuse_unseen(self, key: str) -> Iterator[str]:
        """A name that is taken by what its author cannot see; also where it is declared just the same, or one could
        find out what it is by guessing."""
        known = self.company.things.get(key)
        if known is not None and not self.sees(known):
            yield f"{in_words(key)}: the name is taken; {ASK_PLATFORM}"

    def refuse_change(self, key: str, made: Definition) -> Iterator[str]:
        """Changes of others' definitions, and definitions in others' names."""
        known, thing = self.company.things.get(key), thing_of(key.partition(":")[0], made)
        if known is not None and not self.sees(known):
            yield from self.refuse_unseen(key)
            return
        for whose in (known, thing):
            if whose is not None and not may_write(self.company, self.principal, whose):
                team = team_of(self.company, whose)
                yield f"{in_words(key)}: {self.principal} is no author of the team {team}; leave it, or ask them"
                return
        if thing.kind == "source":
            yield from self._refuse_rows(key, thing)

    def refuse_inputs(self, thing: Thing) -> Iterator[str]:
        """Views and unions of what its author may not read."""
        if thing.kind not in ("feature_view", "source"):
            return
        for needed in refused_sources(self.company, self.principal, thing, self.now):
            what = in_words(key_of(thing.kind, thing.name))
            if needed is None or not self.sees(needed):
                yield f"{what}: something that it reads is not there, or not yours to read; {ASK_PLATFORM}"
            else:
                yield f"{what}: {self.principal} may not read {how_to_ask(self.company, needed)}"

    def _refuse_rows(self, key: str, thing: Thing) -> Iterator[str]:
        """The same files under another name: tiles are shared by what they are read from."""
        for other in self.company.things.values():
            if other.kind != "source" or other.retired or other.name == thing.name or not may_share_rows(thing, other):
                continue
            if not self.sees(other):
                yield f"{in_words(key)}: its rows may be those of another source; {ASK_PLATFORM}"
            elif not may(self.company, self.principal, "read", other, self.now):
                asked = how_to_ask(self.company, other)
                yield f"{in_words(key)}: its rows may be another source's; {self.principal} may not read {asked}"

    def retires(self, key: str, teams: set[str]) -> bool:
        """Whether what is declared no longer goes."""
        known = self.company.things.get(key)
        return (
            known is not None
            and team_of(self.company, known) in teams
            and self.sees(known)
            and may_write(self.company, self.principal, known)
        )

    def breaks(self, key: str, why: str) -> str:
        return f"{in_words(key)} {why}; leave it, or ask the platform team"

    def broken_by(self, kept: set[str], applied: Repository, whole: Repository) -> Iterator[str]:
        """What others declare and would no longer fit; what did not fit before is not of this author's doing."""
        known = _errors(applied, kept)
        for key, message in _errors(whole, kept):
            if (key, message) in known:
                continue
            if self.sees(self.company.things.get(key)):
                yield f"{in_words(key)} would no longer fit: {message}"
            else:
                yield f"something that you cannot see would no longer fit; {ASK_PLATFORM}"


def _errors(repository: Repository, of: set[str]) -> dict[tuple[str, str], None]:
    """What the rules find wrong with some definitions, by key and message."""
    loaded = LoadedRepository(repository)
    return {
        (key, finding.message): None
        for rule in RULES
        for finding in rule(loaded)
        if finding.severity == "error" and (key := key_of(finding.kind, finding.name)) in of
    }


def _needed(kept: Definitions, before: Definitions, after: Definitions) -> Iterator[tuple[str, Definition]]:
    """What kept definitions are made of and nobody declares any more."""
    waiting, seen = list(kept.items()), set(kept)
    while waiting:
        key, made = waiting.pop()
        for each in thing_of(key.partition(":")[0], made).inputs:
            kind, _, name = each.partition(":")
            bare = key_of(kind, name.partition("@")[0])
            if bare not in seen and bare not in after and bare in before:
                seen.add(bare)
                waiting.append((bare, before[bare]))
                yield bare, before[bare]


def _by_key(repository: Repository) -> dict[str, Definition]:
    return {
        key_of(kind, name): definition
        for kind, collection in COLLECTIONS.items()
        for name, definition in getattr(repository, collection).items()
    }


def _repository(found: Definitions) -> Repository:
    parts: dict[str, Any] = {collection: {} for collection in COLLECTIONS.values()}
    for key, definition in found.items():
        kind, _, name = key.partition(":")
        parts[COLLECTIONS[kind]][name] = definition
    return Repository.model_construct(**parts)


def _body(definition: Definition) -> str:
    return definition.model_dump_json()
