"""A small repository that is right, for tests to read and to spoil."""

from __future__ import annotations

from pathlib import Path

from definitions.load import load_repository
from definitions.loaded import LoadedRepository

FLIGHTS = """\
team: airline-ops
entities:
  - {name: carrier, keys: {carrier: string}, description: "An airline, by its IATA code."}
  - {name: airport, keys: {airport: string}}
sources:
  - name: flights
    path: data/flights.parquet
    timestamp: arrived_at          # when the row's values were known
    columns: {carrier: string, origin: string, arr_delay: double, cancelled: boolean, arrived_at: timestamp}
feature_views:
  - name: carrier_punctuality
    entity: carrier
    source: flights
    every: 1d
    delay: 1h
    description: How late a carrier has been running.
    features:
      - {name: arrivals, agg: count, windows: [1d, 7d, 28d]}
      - {name: arr_delay, agg: mean, of: arr_delay, windows: [7d, 28d], unit: minutes}
      - {name: late_share, agg: mean, of: "arr_delay > 15", where: not cancelled, windows: [28d]}
    tests:
      - name: counts yesterday
        at: 2013-01-02T02:00:00
        rows: [{carrier: UA, arrived_at: 2013-01-01T01:00:00, arr_delay: 1}]
        expect: [{carrier: UA, arrivals_1d: 1}]
  - name: airport_delay
    entity: airport
    source: flights
    keys: {airport: origin}
    features:
      - {name: arr_delay, agg: last, of: arr_delay, ttl: 2d}
feature_services:
  - {name: departure_delay, features: ["carrier_punctuality:*"]}
  - name: both_roles
    features:
      - {view: airport_delay, join_keys: {airport: origin}, prefix: origin_}
      - {view: airport_delay, join_keys: {airport: destination}, prefix: destination_}
"""


def load(folder: Path, *files: str) -> LoadedRepository:
    """Write each text into a file of its own and load the folder."""
    for position, text in enumerate(files):
        (folder / f"file_{position}.yaml").write_text(text, encoding="utf-8")
    return load_repository(folder)


def flights(folder: Path, *replacements: tuple[str, str]) -> LoadedRepository:
    """The small repository with some of its text replaced."""
    text = FLIGHTS
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    folder.mkdir(exist_ok=True)
    return load(folder, text)
