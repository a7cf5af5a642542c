"""A team's registry in PostgreSQL: the whole way through it, and out of it into a file."""

from __future__ import annotations

from pathlib import Path

from featurestore import FeatureStore
from tests.journeys.shop import ONE_VIEW, Shop, bits, frame, known_files, offline_files, online, order, random_orders
from tests.postgresql import PostgresServer

NOW = "2024-03-10T02:00:00Z"
CUSTOMERS = [f"c{number}" for number in range(9)]


def _shop(folder: Path, registry: str | None = None) -> Shop:
    shop = Shop(folder, ONE_VIEW)
    if registry is not None:
        file = folder / "featurestore.yaml"
        file.write_text(f"{file.read_text()}registry: {registry}\n")
    shop.land("first", random_orders(3, "2024-01-05", 60, 400, 8))
    return shop


def _answers(store: FeatureStore) -> object:
    return bits((frame(store, "customer_daily", CUSTOMERS, NOW), online(store, "customer_daily", CUSTOMERS)))


def test_a_registry_in_postgresql_gives_what_one_in_a_file_gives(tmp_path: Path, postgres: PostgresServer) -> None:
    team = _shop(tmp_path / "team", postgres.url(postgres.create_database()))
    alone = _shop(tmp_path / "alone")
    for shop in (team, alone):
        shop.applied(NOW).materialize()
    store = team.store(NOW)
    assert _answers(store) == _answers(alone.store(NOW))
    assert not (team.folder / ".featurestore" / "registry.db").exists()
    assert known_files(store) == offline_files(store)

    for shop in (team, alone):
        shop.land("late", [order("2024-02-02", "c1", 5.0)])
        shop.store(NOW).materialize()
    assert _answers(team.store(NOW)) == _answers(alone.store(NOW))
    assert team.store(NOW).materialize().did_nothing

    # And a backup of it is restored into a file, with the same values.
    team.store(NOW).backup(tmp_path / "backup")
    restored = Shop(tmp_path / "restored", ONE_VIEW)
    restored.store(NOW).restore(tmp_path / "backup")
    again = frame(restored.store(NOW), "customer_daily", CUSTOMERS, NOW)
    assert bits(again) == bits(frame(alone.store(NOW), "customer_daily", CUSTOMERS, NOW))
