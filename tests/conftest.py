"""How properties are explored: anew in each run, the same way in CI; `FEATURESTORE_EXAMPLES` raises their number."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "featurestore",
    deadline=None,
    derandomize="CI" in os.environ,
    max_examples=int(os.environ.get("FEATURESTORE_EXAMPLES", "16")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("featurestore")
