"""The key of an entity that is to be erased, or some parts of it: compared everywhere, shown nowhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import msgspec

from definitions.errors import RequestError
from definitions.model import Entity
from definitions.suggest import suggest
from definitions.types import DataType
from featurestore.online.codec import encode_key

_EPOCH: Final = datetime(1970, 1, 1)
_EPOCH_DAY: Final = date(1970, 1, 1)


@dataclass(frozen=True, repr=False)
class EntityKey:
    """Parts of a key by name, each as online keys hold it. It has no `repr`, as its values are personal."""

    parts: Mapping[str, Any]
    types: Mapping[str, DataType]

    @cached_property
    def texts(self) -> dict[str, str]:
        """Each part as the text that engines make of it, by name in a fixed order."""
        return {name: _spell(self.parts[name], self.types[name]) for name in sorted(self.parts)}

    def digest(self, salt: str) -> str:
        """What is remembered of the key: see `builders.engine.ErasedKey`."""
        return hashlib.sha256("\n".join([salt, *self.texts.values()]).encode()).hexdigest()

    def encode(self, names: Sequence[str]) -> bytes | None:
        """The online key of these parts, in this order; None where some are not given, so that many may have them."""
        if set(names) != set(self.parts):
            return None
        return msgspec.msgpack.encode([self.parts[name] for name in names])

    def is_of(self, names: Sequence[str], key: bytes) -> bool:
        """Whether an online row's key, of parts with these names, is one of these entities."""
        held = dict(zip(names, msgspec.msgpack.decode(key), strict=True))
        return all(name in held and held[name] == value for name, value in self.parts.items())


def read_entity_key(given: Mapping[str, Any], entities: Mapping[str, Entity]) -> EntityKey:
    """Take the parts of a key in, each as a value of its declared type or as the text of one.

    Raises:
        RequestError: no entity has these keys together, or a value is not of its type; the message does not show it.
    """
    names = {name: kind for entity in entities.values() for name, kind in entity.keys.items()}
    for name in given:
        if name not in names:
            raise RequestError(f"no entity has a key {name!r}; {suggest(name, names, 'keys')}")
    holding = [entity for entity in entities.values() if given.keys() <= entity.keys.keys()]
    if not given or not holding:
        raise RequestError(f"no entity has the keys {', '.join(given) or '(none were given)'} together")
    types = {name: holding[0].keys[name] for name in given}
    return EntityKey({name: _read(name, value, types[name]) for name, value in given.items()}, types)


def _read(name: str, value: Any, kind: DataType) -> Any:
    spelt = isinstance(value, str) and (kind.is_integer or kind.name == "boolean")
    try:
        encoded = encode_key([json.loads(value) if spelt else value], [str(kind)], [name])
    except (ValueError, RequestError):
        # The cause is left out: it quotes the value.
        raise RequestError(f"what was given for the key {name} is no {kind}") from None
    if encoded is None:
        raise RequestError(f"the key {name} has no value; nobody has that key")
    return msgspec.msgpack.decode(encoded)[0]


def _spell(value: Any, kind: DataType) -> str:
    match kind.name:
        case "boolean":
            return "true" if value else "false"
        case "date":
            return (_EPOCH_DAY + timedelta(days=value)).isoformat()
        case "timestamp":
            spelt = (_EPOCH + timedelta(microseconds=value)).isoformat(" ")
            return spelt.rstrip("0") if "." in spelt else spelt
        case _:
            return str(value)
