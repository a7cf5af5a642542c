"""The registry's tables, as SQLAlchemy Core sees them; `migrations/` makes them.

Instants are UTC microseconds, JSON columns hold canonical JSON text; nothing here is of one database only.
"""

from __future__ import annotations

from typing import Final

from featurestore.registry.tables.base import from_json, metadata, to_json
from featurestore.registry.tables.definitions import (
    applications,
    counters,
    definition_bodies,
    definitions,
    kept_versions,
    overrides,
    serving,
)
from featurestore.registry.tables.online import generations, holds, publishes
from featurestore.registry.tables.people import (
    access_requests,
    audit,
    declassifications,
    grants,
    memberships,
    principals,
    teams,
    tokens,
)
from featurestore.registry.tables.quality import (
    acceptances,
    findings,
    kept_lookups,
    notices,
    profile_references,
    profiles,
)
from featurestore.registry.tables.reuse import feature_columns, indexed, reuse_modes, unmet_searches, waivers
from featurestore.registry.tables.tiles import bases, erasures, late_rows, leases, pins, runs, segments, source_files
from featurestore.registry.tables.use import model_columns, models, usage_columns, usage_counts, usage_requests

__all__ = [
    "CACHES",
    "acceptances",
    "access_requests",
    "applications",
    "audit",
    "bases",
    "counters",
    "declassifications",
    "definition_bodies",
    "definitions",
    "erasures",
    "feature_columns",
    "findings",
    "from_json",
    "generations",
    "grants",
    "holds",
    "indexed",
    "kept_lookups",
    "kept_versions",
    "late_rows",
    "leases",
    "memberships",
    "metadata",
    "model_columns",
    "models",
    "notices",
    "overrides",
    "pins",
    "principals",
    "profile_references",
    "profiles",
    "publishes",
    "reuse_modes",
    "runs",
    "segments",
    "serving",
    "source_files",
    "teams",
    "to_json",
    "tokens",
    "unmet_searches",
    "usage_columns",
    "usage_counts",
    "usage_requests",
    "waivers",
]

CACHES: Final = (bases, feature_columns, indexed, profiles)
"""What is made again from the rest, and so is in no backup."""
