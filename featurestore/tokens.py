"""`store.tokens`: making tokens, which are shown once, and revoking them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from definitions.durations import DAY
from definitions.errors import AccessError, RequestError
from definitions.suggest import suggest
from featurestore.desk import Desk
from featurestore.governance.roles import SCOPES, Scope
from featurestore.governance.tokens import make_token
from featurestore.registry.tokens import StoredToken

DEFAULT_EXPIRY: Final = "90d"
DEFAULT_SCOPES: Final[tuple[Scope, ...]] = ("discover", "read")
_LONGEST: Final = 366 * DAY


@dataclass(frozen=True)
class MadeToken:
    """A token as it is shown, this once."""

    id: str
    principal: str
    scopes: tuple[Scope, ...]
    expires_at: int
    token: str = field(repr=False)


@dataclass(frozen=True)
class Tokens(Desk):
    """Tokens of people and services."""

    def create(
        self, principal: str, scopes: Sequence[str] = DEFAULT_SCOPES, expires: str | int | None = None
    ) -> MadeToken:
        """Make a token: one's own, no wider and no longer than the one it is made with; or, as a platform's admin,
        anybody's.

        Args:
            principal: whose it is.
            scopes: what it may be used for at most beside discovering: read, manage, approve, administer.
            expires: a span such as `90d`, or an instant, at most 366 days from now; if not given in 90 days, or with
                the token that it is made with.

        Raises:
            AccessError: it would be somebody else's, or wider or longer.
            RequestError: there is no such principal or scope, or the end is too far or has passed.
        """
        if unknown := [scope for scope in scopes if scope not in SCOPES]:
            raise RequestError(f"there is no scope {unknown[0]!r}; {suggest(unknown[0], SCOPES, 'scopes')}")
        wanted = tuple(scope for scope in SCOPES if scope == "discover" or scope in scopes)
        ends = self._ends(expires)
        if ends > self.guard.known.now() + _LONGEST:
            raise RequestError("a token lasts 366 days at most; make another before it ends")
        self._require(principal, wanted, ends)
        made = make_token()
        self.registry.tokens.add(made, principal, wanted, ends, self.guard.acting())
        self.changed()
        return MadeToken(made.id, principal, wanted, ends, made.text)

    def list(self, *, ended: bool = False) -> tuple[StoredToken, ...]:
        """Tokens that are of use, and those that have `ended`: one's own, and all for a platform's admin."""
        self.guard.be_here()
        now, everybody = self.guard.known.now(), self.guard.is_platform_admin()
        return tuple(
            item
            for item in self.registry.tokens.all()
            if (ended or (item.revoked_at is None and now < item.expires_at))
            and (everybody or item.principal == self.guard.principal())
        )

    def revoke(self, token: str) -> None:
        """Let a token, by its id, be of no use any more; everywhere within 30 seconds.

        Raises:
            RequestError: there is none that one could revoke.
        """
        if token not in {item.id for item in self.list(ended=True)}:
            raise RequestError(f"there is no token {token!r} that you could revoke; see `featurestore token list`")
        self.registry.tokens.revoke(token, self.guard.acting())
        self.changed()

    def _ends(self, expires: str | int | None) -> int:
        ends = self.instant(DEFAULT_EXPIRY if expires is None else expires)
        assert ends is not None
        own = self.guard.own_token()
        return ends if expires is not None or own is None else min(ends, own.expires_at)

    def _require(self, principal: str, scopes: tuple[Scope, ...], ends: int) -> None:
        own = self.guard.own_token()
        if own is None or principal != own.principal:
            self.guard.require_platform(f"make a token of {principal}")
        elif not set(scopes) <= set(own.scopes) or ends > own.expires_at:
            raise AccessError(
                "a token is no wider and no longer than the one it is made with, which is for "
                f"{', '.join(own.scopes)}; ask the platform team for another"
            )
