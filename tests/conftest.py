"""How properties are explored: `FEATURESTORE_EXAMPLES` raises the number of examples; no example is a race."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "featurestore",
    deadline=None,
    max_examples=int(os.environ.get("FEATURESTORE_EXAMPLES", "25")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("featurestore")
