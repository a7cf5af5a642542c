"""Keeping look-ups in the registry, with as little as a process of look-ups has loaded.

The statements are of SQLite and PostgreSQL alike, as those of `usage_writer` are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import asdict

from definitions.errors import ConfigurationError

if TYPE_CHECKING:
    from featurestore.registry.usage_writer import Statements

MOST_KEPT: Final = 1_000
"""How many look-ups of a view are kept: the newest."""

KEPT_FOR: Final = 30 * 86_400_000_000
"""How long (microseconds) a look-up is kept at most."""


class KeptLookup(Struct, frozen=True, gc=False):
    """A row of `generation`, of the view with this name online, as it was served at `at` (UTC microseconds).

    `boundary`, `version` and the packed `value` are the row's own. Where the entity had none, `version` and `value`
    are None and `boundary` is up to where the view was complete. Keys and values are personal: it does not print them.
    """

    view: str
    generation: int
    key: bytes
    boundary: int
    version: int | None
    value: bytes | None
    at: int

    def __repr__(self) -> str:
        return f"KeptLookup(of {self.view}, generation {self.generation}, at {self.at})"


_TAKEN_AFTER: Final = "UPDATE counters SET value = value WHERE name = 'kept_lookups' RETURNING value"
_KEEP: Final = """
INSERT INTO kept_lookups (view, generation_id, entity_key, boundary, version, value, looked_up_at)
VALUES (:view, :generation, :key, :boundary, :version, :value, :at)
"""
_DROP_MOST: Final = """
DELETE FROM kept_lookups WHERE view = :view AND id <= (
    SELECT id FROM kept_lookups WHERE view = :view ORDER BY id DESC LIMIT 1 OFFSET :most
)
"""
_DROP_OLD: Final = "DELETE FROM kept_lookups WHERE looked_up_at < :since"


def keep_lookups(statements: Statements, kept: Sequence[KeptLookup]) -> None:
    """Add look-ups in the caller's transaction, and drop what is too old or too much.

    Those that were looked up before an erasure had emptied the rows are left out: they may be of the erased entity,
    and who it was nobody remembers.

    Raises:
        ConfigurationError: the registry is of a version that keeps none.
    """
    # It is locked as well: an erasure comes before all of this, and is heeded, or after it, and deletes it.
    found = list(statements.rows(_TAKEN_AFTER, {}))
    if not found:
        raise ConfigurationError("the registry keeps no look-ups yet; run `featurestore apply` to bring it up to date")
    taken = [item for item in kept if item.at > found[0][0]]
    if not taken:
        return
    statements.run(_KEEP, [asdict(item) for item in taken])
    views = sorted({item.view for item in taken})
    statements.run(_DROP_MOST, [{"view": view, "most": MOST_KEPT} for view in views])
    statements.run(_DROP_OLD, [{"since": max(item.at for item in taken) - KEPT_FOR}])
