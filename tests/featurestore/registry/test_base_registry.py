"""Records of bases: what comes back, what fits, and who may change them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from definitions.errors import ConflictError
from featurestore.registry.bases import Base, NewBase
from featurestore.registry.leases import Lease
from featurestore.registry.registry import Registry
from featurestore.registry.segments import LEAVES
from tests.featurestore.registry.conftest import SECOND
from tests.featurestore.registry.test_segment_registry import ids, new

NEW = NewBase(
    tile_table="tiles",
    boundary=20,
    path="tiles/a/base/base.parquet",
    slots={"clicks": (), "spent": (-1, 0)},
    leaves=frozenset({1, 2}),
    rows=3,
    bytes=2**40,
)


def test_a_base_comes_back_as_it_was_made_until_it_is_superseded(registry: Registry, lease: Lease) -> None:
    made = registry.bases.add(lease, NEW, 5)
    expected = Base(**{name: getattr(NEW, name) for name in NewBase.__dataclass_fields__}, id=made.id, created_at=5,
                    superseded_at=None)  # fmt: skip
    assert (made,) == registry.bases.current("tiles") == (expected,) and registry.bases.current("others") == ()
    registry.bases.supersede(lease, [made.id], 9)
    assert registry.bases.current("tiles") == () and registry.bases.of("tiles") == (replace(made, superseded_at=9),)
    assert [base.id for base in registry.bases.superseded(10)] == [made.id] and registry.bases.superseded(9) == ()
    registry.bases.forget([made.id])
    assert registry.bases.of("tiles") == () and registry.bases.paths() == registry.bases.tables() == set()


def test_a_base_fits_where_all_its_leaves_stand_whatever_they_were_compacted_into(
    registry: Registry, lease: Lease
) -> None:
    segments = registry.segments
    base = registry.bases.add(lease, NEW, 1)
    versions = [segments.swap(lease, "tiles", [], [new(0, 10)], 1), segments.swap(lease, "tiles", [], [new(10, 20)], 2)]
    both = ids(segments.current("tiles"))
    versions.append(segments.swap(lease, "tiles", both, [new(0, 20, statistics={LEAVES: both})], 3))
    versions.append(segments.swap(lease, "tiles", ids(segments.current("tiles")), [new(0, 20)], 4))
    assert [base.fits(segments.at("tiles", version)) for version in versions] == [False, True, True, False]


def test_only_the_holder_of_the_lease_changes_bases(registry: Registry, lease: Lease) -> None:
    made = registry.bases.add(lease, NEW, 1)
    registry.leases.acquire(lease.name, "second", 60, 100 * SECOND)
    with pytest.raises(ConflictError):
        registry.bases.add(lease, replace(NEW, path="other"), 2)
    with pytest.raises(ConflictError):
        registry.bases.supersede(lease, [made.id], 2)
    with pytest.raises(ConflictError):
        registry.bases.erase(lease, 1, [made])
    assert registry.bases.of("tiles") == (made,)
