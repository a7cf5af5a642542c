"""Models in the registry: one binding a version, the same again is nothing new, and what was is remembered."""

from __future__ import annotations

from featurestore.registry.models import BoundColumn, BoundModel
from featurestore.registry.registry import Registry

DELAY = BoundColumn("flights", "delay_7d", 1, "f1")
LATE = BoundColumn("flights", "late_7d", 2, "f2")


def _bind(registry: Registry, version: str, *columns: BoundColumn, name: str = "eta", now: int = 5) -> BoundModel:
    return registry.models.bind(name, version, ["s"], columns, None, "production", "ann", now)


def test_a_model_is_bound_once_and_again_only_to_something_else(registry: Registry) -> None:
    first = _bind(registry, "1", LATE, DELAY, DELAY)
    assert first.columns == (DELAY, LATE)
    assert _bind(registry, "1", DELAY, LATE, now=6) == first
    second = _bind(registry, "1", DELAY, now=7)
    assert registry.models.bound() == (second,)
    assert second.id != first.id and second.bound_at == 7


def test_versions_of_a_model_are_bound_apart(registry: Registry) -> None:
    one, two = _bind(registry, "1", DELAY), _bind(registry, "2", LATE)
    assert registry.models.bound() == (one, two)
    assert registry.models.unbind("eta", "1", "bob", 9) == (one,)
    assert registry.models.bound() == (two,)
    assert registry.models.unbind("eta", None, "bob", 9) == (two,)
    assert registry.models.unbind("eta", None, "bob", 9) == registry.models.bound() == ()


def test_models_are_found_by_view_and_column(registry: Registry) -> None:
    eta, risk = _bind(registry, "", DELAY, LATE), _bind(registry, "", LATE, name="risk")
    assert registry.models.using("flights") == (eta, risk)
    assert registry.models.using("flights", "delay_7d") == (eta,)
    assert registry.models.using("trains") == ()
    assert (eta.title, _bind(registry, "3", DELAY).title) == ("eta", "eta 3")
