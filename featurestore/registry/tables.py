"""The registry's tables, as SQLAlchemy Core sees them; `migrations/` makes them.

Instants are UTC microseconds, JSON columns hold canonical JSON text; nothing here is of one database only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

# SQLite numbers rows by itself only in a column that is called INTEGER.
_IDENTITY: Final = BigInteger().with_variant(Integer, "sqlite")

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

counters: Final = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""One number each for `definitions`, `segments`, `generations`, `serving`, `access` and `audit`; its row is that room's
write lock. That of `kept_lookups` is an instant (UTC microseconds): what was looked up by then is taken no more."""

definitions: Final = Table(
    "definitions",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("retired_at", BigInteger),
    UniqueConstraint("kind", "name", "version"),
    sqlite_autoincrement=True,
)

definition_bodies: Final = Table(
    "definition_bodies",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("definition_id", ForeignKey("definitions.id"), nullable=False),
    Column("body", Text, nullable=False),
    Column("applied_at", BigInteger, nullable=False),
    Column("applied_by", Text, nullable=False),
    Index(None, "definition_id", "id"),
    sqlite_autoincrement=True,
)

applications: Final = Table(
    "applications",
    metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("principal", Text, nullable=False),
    Column("applied_at", BigInteger, nullable=False),
    Column("changes", Text, nullable=False),
)

segments: Final = Table(
    "segments",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("tile_table", Text, nullable=False),
    Column("range_start", BigInteger, nullable=False),
    Column("range_end", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("slots", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("statistics", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    Column("superseded_by_version", BigInteger),
    Column("vacuumed_at", BigInteger),
    UniqueConstraint("path"),
    Index(None, "tile_table", "superseded_by_version"),
    sqlite_autoincrement=True,
)

bases: Final = Table(
    "bases",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("tile_table", Text, nullable=False),
    Column("boundary", BigInteger, nullable=False),
    Column("path", Text, nullable=False),
    Column("slots", Text, nullable=False),
    Column("leaves", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("superseded_at", BigInteger),
    UniqueConstraint("path"),
    Index(None, "tile_table", "superseded_at"),
    sqlite_autoincrement=True,
)
"""A cache: `leaves` are those of the segments whose state a base holds, `slots` gives the limbs of each slot."""

late_rows: Final = Table(
    "late_rows",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("tile_table", Text, nullable=False),
    Column("range_start", BigInteger, nullable=False),
    Column("range_end", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("lateness", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Index(None, "tile_table", "recorded_at"),
    sqlite_autoincrement=True,
)
"""`version` is that of the segments that were built again because of them."""

findings: Final = Table(
    "findings",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("numbers", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
)

notices: Final = Table(
    "notices",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("numbers", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("logged", Integer, nullable=False),
    Column("claimed_until", BigInteger),
    sqlite_autoincrement=True,
)
"""Findings as they were when they opened or were settled, until that has been told; ids are never used again.
`claimed_until` says until when somebody is telling it."""

pins: Final = Table(
    "pins",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

leases: Final = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("fencing", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
)
"""`expires_at` is null once the lease was given back."""

source_files: Final = Table(
    "source_files",
    metadata,
    Column("source_fingerprint", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("null_timestamps", BigInteger, nullable=False),
    Column("days", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
)

profiles: Final = Table(
    "profiles",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("instant", BigInteger, primary_key=True, autoincrement=False),
    Column("inputs", Text, nullable=False),
    Column("statistics", Text, nullable=False),
    Column("measured_at", BigInteger, nullable=False),
)
"""A cache: what a source's day, or a view's values at a boundary, are like; `inputs` tells what was measured."""

profile_references: Final = Table(
    "profile_references",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("of", Text, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)
"""What profiles of a column are held against: frozen, so that they can be compared with each other."""

acceptances: Final = Table(
    "acceptances",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("instant", BigInteger, primary_key=True, autoincrement=False),
    Column("inputs", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("accepted_by", Text, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
)
"""What broke an expectation and goes on all the same, as long as it is made of the same `inputs`."""

generations: Final = Table(
    "generations",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("view", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("watermark", BigInteger),
    Column("segments_version", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("record", LargeBinary),
    Index(None, "view", "state"),
    sqlite_autoincrement=True,
)
"""`record` is the serving record under which it was served last; null if it never was."""

publishes: Final = Table(
    "publishes",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("generation_id", ForeignKey("generations.id"), nullable=False),
    Column("boundary", BigInteger, nullable=False),
    Column("segments_version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Index(None, "generation_id", "state"),
    sqlite_autoincrement=True,
)

holds: Final = Table(
    "holds",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("view", Text, nullable=False),
    Column("generation_id", ForeignKey("generations.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("held_by", Text, nullable=False),
    Column("held_at", BigInteger, nullable=False),
    Column("released_by", Text),
    Column("released_at", BigInteger),
    Index(None, "view", "released_at"),
    sqlite_autoincrement=True,
)
"""`released_at` is null as long as the hold is on; a view has one such row at most."""

erasures: Final = Table(
    "erasures",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("keys", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("erased_by", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("leftovers", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Whom it was is told by `digest` alone. `leftovers` are files that hold the entity and that nothing points at any
more; `finished_at` is null until the erasure has reached everything."""

runs: Final = Table(
    "runs",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("outcome", Text),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    sqlite_autoincrement=True,
)

usage_requests: Final = Table(
    "usage_requests",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("service", Text),
    UniqueConstraint("digest"),
    Index(None, "service"),
    sqlite_autoincrement=True,
)
"""What was asked for: a service as it stood, or (`service` is null) columns of one view by reference."""

usage_columns: Final = Table(
    "usage_columns",
    metadata,
    Column("request_id", ForeignKey("usage_requests.id"), primary_key=True),
    Column("view", Text, primary_key=True),
    Column("feature_column", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Index(None, "view", "feature_column"),
)

usage_counts: Final = Table(
    "usage_counts",
    metadata,
    Column("request_id", ForeignKey("usage_requests.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("day", BigInteger, primary_key=True, autoincrement=False),
    Column("principal", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Index(None, "day"),
)
"""`day` counts days since 1970; of months long past, their first day has it all."""

kept_lookups: Final = Table(
    "kept_lookups",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("view", Text, nullable=False),
    Column("generation_id", BigInteger, nullable=False),
    Column("entity_key", LargeBinary, nullable=False),
    Column("boundary", BigInteger, nullable=False),
    Column("version", BigInteger),
    Column("value", LargeBinary),
    Column("looked_up_at", BigInteger, nullable=False),
    Index(None, "view", "id"),
    Index(None, "looked_up_at"),
    sqlite_autoincrement=True,
)
"""Online rows as they were served. Where the entity had none, `version` and `value` are null and `boundary` is up to
where the view was complete. They are of the online rows of one store, and personal: no backup has them."""

models: Final = Table(
    "models",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("features", Text, nullable=False),
    Column("owner", Text),
    Column("stage", Text),
    Column("bound_by", Text, nullable=False),
    Column("bound_at", BigInteger, nullable=False),
    Column("unbound_by", Text),
    Column("unbound_at", BigInteger),
    Index(None, "name", "version"),
    sqlite_autoincrement=True,
)
"""`unbound_at` is null as long as the model is bound; a name and version have one such row at most."""

model_columns: Final = Table(
    "model_columns",
    metadata,
    Column("model_id", ForeignKey("models.id"), primary_key=True),
    Column("view", Text, primary_key=True),
    Column("feature_column", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("fingerprint", Text, nullable=False),
    Index(None, "view", "feature_column"),
)

kept_versions: Final = Table(
    "kept_versions",
    metadata,
    Column("view", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("kept_by", Text, nullable=False),
    Column("kept_at", BigInteger, nullable=False),
    Column("retired_by", Text),
    Column("retired_at", BigInteger),
    Column("reason", Text),
)
"""Versions of views that go on being published after a later one took their place, until they are retired."""

overrides: Final = Table(
    "overrides",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("overridden_by", Text, nullable=False),
    Column("overridden_at", BigInteger, nullable=False),
    Index(None, "kind", "name"),
    sqlite_autoincrement=True,
)
"""What may be retired although it is in use."""

serving: Final = Table(
    "serving",
    metadata,
    Column("name", Text, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
)

principals: Final = Table(
    "principals",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("left_at", BigInteger),
)
"""People and services; whoever left stays, so that what they did keeps its name."""

teams: Final = Table(
    "teams",
    metadata,
    Column("name", Text, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
)

memberships: Final = Table(
    "memberships",
    metadata,
    Column("team", ForeignKey("teams.name"), primary_key=True),
    Column("principal", ForeignKey("principals.name"), primary_key=True),
    Column("role", Text, nullable=False),
    Column("given_at", BigInteger, nullable=False),
    Column("given_by", Text, nullable=False),
)

tokens: Final = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("principal", ForeignKey("principals.name"), nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("revoked_by", Text),
    Index(None, "principal"),
)
"""`digest` is the SHA-256 of the secret, which is stored nowhere."""

access_requests: Final = Table(
    "access_requests",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("access_right", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("grantee_kind", Text, nullable=False),
    Column("grantee", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("state", Text, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", BigInteger),
    Column("decision", Text),
    Index(None, "state"),
    sqlite_autoincrement=True,
)
"""`expires_at` is when what is asked for is to end; `decision` is why it was decided so."""

grants: Final = Table(
    "grants",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("request_id", ForeignKey("access_requests.id"), nullable=False),
    Column("access_right", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("grantee_kind", Text, nullable=False),
    Column("grantee", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("self_approved", Integer, nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("revoked_by", Text),
    Column("revocation", Text),
    Index(None, "revoked_at"),
    sqlite_autoincrement=True,
)

declassifications: Final = Table(
    "declassifications",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("declared_by", Text, nullable=False),
    Column("declared_at", BigInteger, nullable=False),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", BigInteger),
    Index(None, "reference"),
    sqlite_autoincrement=True,
)
"""Of the computation with the fingerprint alone: another one under the same reference is tagged again."""

audit: Final = Table(
    "audit",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("principal", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("seal", LargeBinary),
)
"""Append-only. `seal` chains an entry to the one before by a key that is not here; null until it is sealed."""

feature_columns: Final = Table(
    "feature_columns",
    metadata,
    Column("view", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("timeline", Text, nullable=False),
    Column("window", BigInteger),
    Column("tile_table", Text, nullable=False),
    Column("slots", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("formula", Text, nullable=False),
    Column("reads", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("team", Text),
    Column("owner", Text),
    Column("visibility", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("services", Text, nullable=False),
    Index(None, "timeline", "window"),
    Index(None, "tile_table"),
    Index(None, "formula"),
)
"""A cache: what is said of every column of the applied views, for whoever looks for one."""

indexed: Final = Table(
    "indexed",
    metadata,
    Column("name", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)
"""Up to which application `feature_columns` says what is applied."""

waivers: Final = Table(
    "waivers",
    metadata,
    Column("id", _IDENTITY, primary_key=True),
    Column("column", Text, nullable=False),
    Column("instead_of", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("team", Text),
    Column("reason", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("approved_by", Text),
    Column("approved_at", BigInteger),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "column"),
    sqlite_autoincrement=True,
)
"""Why `column` (`view:column`) was built although `instead_of` (an expression) is there. `kind` is `waiver` or
`broken glass`; one that is not approved yet does not hold."""

reuse_modes: Final = Table(
    "reuse_modes",
    metadata,
    Column("team", Text, primary_key=True),
    Column("mode", Text, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

unmet_searches: Final = Table(
    "unmet_searches",
    metadata,
    Column("words", Text, primary_key=True),
    Column("times", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
)
"""What was looked for and not found: demand."""

CACHES: Final = (bases, feature_columns, indexed, profiles)
"""What is made again from the rest, and so is in no backup."""


def to_json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Canonical JSON text: keys sorted, no white space, plain ASCII; equal values give equal text.

    Raises:
        ValueError: a number is NaN or infinite.
        TypeError: a value is of no JSON type.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_json(text: str) -> Any:
    """Read what `to_json` wrote."""
    return json.loads(text)
