"""Tokens: 256 random bits that are shown once; what is kept is an id and a SHA-256."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from featurestore.governance.access_record import Company, Token

_FORM: Final = re.compile(r"fst_([0-9a-f]{12})_([0-9a-f]{64})")


@dataclass(frozen=True)
class NewToken:
    """A token as it is shown, once; its `text` is the secret and in no repr."""

    id: str
    digest: bytes
    text: str = field(repr=False)


def make_token() -> NewToken:
    """A token of 256 random bits."""
    identity, secret = secrets.token_hex(6), secrets.token_hex(32)
    return NewToken(identity, _digest(secret), f"fst_{identity}_{secret}")


def token_id(text: str) -> str | None:
    """The id that a token's text names, which is no secret; None if it is no token."""
    found = _FORM.fullmatch(text.strip())
    return found[1] if found else None


def verify_token(company: Company, text: str, now: int) -> Token | None:
    """The token of this text, if there is one, it was not revoked, it has not expired and its principal is here."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    token = company.tokens.get(found[1])
    if token is None or not hmac.compare_digest(token.digest, _digest(found[2])) or now >= token.expires_at:
        return None
    principal = company.principals.get(token.principal)
    return token if principal is not None and not principal.left else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(bytes.fromhex(secret)).digest()
