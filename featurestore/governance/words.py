"""How rights and what they are on are told."""

from __future__ import annotations

from typing import Final, Literal

from definitions.errors import RequestError
from featurestore.governance.access_record import Company, Thing
from featurestore.governance.rights import team_of

ASK_PLATFORM: Final = "ask the platform team"
"""All that is said of what somebody must not see."""

ObjectKind = Literal["source", "feature_view"]

_SPELLED: Final[dict[ObjectKind, str]] = {"source": "source", "feature_view": "view"}


def in_words(key: str) -> str:
    """`feature_view:x` as `feature view 'x'`."""
    kind, _, name = key.partition(":")
    return f"{kind.replace('_', ' ')} {name!r}"


def spell_object(kind: str, name: str) -> str:
    """A source or view as it is written in commands: `source:flights`, `view:carrier_daily`."""
    return f"{'view' if kind == 'feature_view' else kind}:{name}"


def read_object(text: str) -> tuple[ObjectKind, str]:
    """The kind and name of `source:flights` or `view:carrier_daily`.

    Raises:
        RequestError: it is neither.
    """
    spelled, colon, name = text.partition(":")
    for kind, word in _SPELLED.items():
        if spelled == word and colon and name:
            return kind, name
    raise RequestError(f"{text!r} is no source or view; write source:NAME or view:NAME")


def how_to_ask(company: Company, thing: Thing) -> str:
    """A source or view that somebody may not read, whose it is, and the command that asks for it."""
    name = thing.name.partition("@")[0]
    command = f"featurestore request-access {spell_object(thing.kind, name)} --reason WHY"
    return f"{in_words(f'{thing.kind}:{name}')} of the team {team_of(company, thing)}; ask with `{command}`"
