"""A feature store: features declared in YAML, point-in-time training frames, online look-ups.

from featurestore import FeatureStore
store = FeatureStore("feature_repo")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from featurestore.store import FeatureStore

__all__ = ["FeatureStore"]


def __getattr__(name: str) -> Any:
    if name == "FeatureStore":
        from featurestore.store import FeatureStore

        return FeatureStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
