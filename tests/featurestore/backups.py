"""A shop with a history to back up, and an empty machine to restore it on."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from featurestore import FeatureStore
from featurestore.backup_manifest import Manifest, read_manifest
from featurestore.clock import parse_instant
from tests.journeys.shop import TWO_VIEWS, Shop, bits, online, order, random_orders

NOW: Final = "2024-03-12T05:00:00"
CUSTOMERS: Final = ["ann", "bob", "c1", "c7", "c19", "nobody"]
VIEWS: Final = ("customer_daily", "customer_latest")
SERVICE: Final = """\
feature_services:
  - {name: next_order, features: ["customer_daily:*", "customer_latest:*"]}
"""

_INSTANTS: Final = ("2024-02-11T10:00:00", "2024-02-20T23:30:00", "2024-03-05", "2024-03-12T04:00:00")
OF_ANOTHER_LIFE: Final = {"generations", "publishes", "serving", "leases", "pins"}


def land_late(shop: Shop) -> None:
    """Rows of a segment that is built already."""
    shop.land("late", [order("2024-02-10T10:00:00", "ann", 1e9 + 0.1), order("2024-02-20T10:00:00", "bob", 0.1)])


def shop_with_history(folder: Path) -> Shop:
    """Three months published, then late rows: some segments are superseded, and not vacuumed yet."""
    shop = Shop(folder, TWO_VIEWS + SERVICE)
    for month in (1, 2):
        shop.land(f"month_{month}", random_orders(month, f"2024-0{month}-01", 28, 400, 20))
    shop.land("march", [order("2024-03-01", "ann", 2.5, note="gift"), order("2024-03-10", "bob", 0.1)])
    shop.applied(NOW).materialize()
    land_late(shop)
    shop.store(NOW).materialize()
    return shop


def empty_machine(shop: Shop, folder: Path, sources: bool = True) -> Shop:
    """The shop's repository without its state, on a machine of its own; its files keep their times."""
    folder.mkdir(parents=True)
    for file in shop.folder.glob("*.yaml"):
        shutil.copy2(file, folder)
    if sources:
        shutil.copytree(shop.folder / "data", folder / "data")
    moved = Shop.__new__(Shop)
    moved.folder = folder
    return moved


def frame_bits(store: FeatureStore, version: int | None = None) -> Any:
    """The training frame of all customers at some instants, to the bit; from the segments of an earlier version too."""
    rows = [(customer, parse_instant(instant)) for instant in _INSTANTS for customer in CUSTOMERS]
    spine = pa.table(
        {
            "customer": [customer for customer, _ in rows],
            "event_timestamp": pa.array([instant for _, instant in rows], pa.timestamp("us", tz="UTC")),
        }
    )
    frame = store.get_historical_features(spine, "next_order")
    if version is not None:
        frame = replace(frame, version=version)
    return bits(frame.to_arrow().to_pydict()), frame.manifest


def online_bits(store: FeatureStore) -> Any:
    """What online answers of both views and of the service."""
    answered = store.get_online_features("next_order", [{"customer": customer} for customer in CUSTOMERS])
    return bits([answered.to_dict(), *(online(store, view, CUSTOMERS) for view in VIEWS)])


def kept_files(directory: Path) -> dict[str, Any]:
    """What a backup holds of what a restore brings back."""
    manifest: Manifest = read_manifest(directory)
    gone = {f"registry/{table}.jsonl" for table in OF_ANOTHER_LIFE}
    return {name: file for name, file in manifest.files.items() if name not in gone}


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, and what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
