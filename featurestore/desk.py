"""What the nouns about people and rights have in common: the registry, the guard, and what is done after a change."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from definitions.durations import is_duration, parse_duration
from definitions.errors import RequestError
from featurestore.clock import parse_instant
from featurestore.context import Context
from featurestore.guard import Guard
from featurestore.registry.registry import Registry

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.@+-]{0,126}")


@dataclass(frozen=True)
class Desk:
    """Where people and rights are changed; `changed` is called after each change."""

    open_context: Callable[[], Context]
    guard: Guard
    changed: Callable[[], None]

    @property
    def context(self) -> Context:
        return self.open_context()

    @property
    def registry(self) -> Registry:
        return self.context.registry

    def instant(self, expires: str | int | None) -> int | None:
        """When something ends: a span from now such as `90d`, an instant, or never.

        Raises:
            RequestError: it is neither, or has passed.
        """
        if expires is None:
            return None
        now = self.guard.known.now()
        if isinstance(expires, str):
            span = is_duration(expires)
            expires = now + parse_duration(expires).microseconds if span else parse_instant(expires)
        if expires <= now:
            raise RequestError("what is to end has to end after now; write a span such as 90d, or an instant")
        return expires


def check_name(name: str, what: str) -> str:
    """A name that people, services and teams may have.

    Raises:
        RequestError: they may not.
    """
    if not _NAME.fullmatch(name):
        raise RequestError(
            f"{name!r} is no name of a {what}: lower case letters, digits, _ . @ + and -, and a letter or digit first"
        )
    return name


def check_reason(reason: str) -> str:
    """A reason that says something.

    Raises:
        RequestError: it is empty.
    """
    if not reason.strip():
        raise RequestError("say why; the reason is what the record is for")
    return reason.strip()
