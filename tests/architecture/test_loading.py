"""What a fresh process loads: next to nothing to import, and little to answer its first look-up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.journeys.shop import ONE_VIEW, Shop, order

ROOT = Path(__file__).parents[2]
HEAVY = {"pandas", "pyarrow", "duckdb", "pyspark", "sqlglot", "sqlalchemy"}
SCHEMAS = {"pydantic", "alembic", "yaml", "numpy", "rich", "click"}
"""What defining, migrating and printing need, and a look-up does not."""


def _loaded_by(code: str) -> set[str]:
    """The top-level packages in memory after running `code` in a process of its own."""
    script = f"import sys\n{code}\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not _loaded_by("import featurestore, definitions") & (HEAVY | SCHEMAS)


def test_importing_the_class_loads_nothing_heavy() -> None:
    assert not _loaded_by("from featurestore import FeatureStore") & (HEAVY | SCHEMAS - {"yaml"})


def test_the_first_look_up_of_a_process_loads_nothing_heavy(tmp_path: Path) -> None:
    shop = Shop(tmp_path, ONE_VIEW)
    shop.land("orders", [order("2024-03-31", "ann", 2.5)])
    shop.applied("2024-04-02").materialize()
    code = (
        "from featurestore import FeatureStore; from featurestore.clock import FixedClock\n"
        f"store = FeatureStore({str(tmp_path)!r}, clock=FixedClock('2024-04-02'))\n"
        "found = store.get_online_features(['customer_daily:*'], [{'customer': 'ann'}]).to_dict()\n"
        "assert found['spent_7d'] == [2.5], found"
    )
    assert not _loaded_by(code) & (HEAVY | SCHEMAS - {"yaml"})


def test_neither_does_one_with_a_token(tmp_path: Path) -> None:
    shop = Shop(tmp_path, ONE_VIEW)
    shop.land("orders", [order("2024-03-31", "ann", 2.5)])
    store = shop.applied("2024-04-02")
    store.materialize()
    store.teams.bootstrap("root")
    store.teams.create("shop")
    store.teams.add("shop", "root")
    token = store.tokens.create("root").token
    code = (
        "from featurestore import FeatureStore; from featurestore.clock import FixedClock\n"
        f"store = FeatureStore({str(tmp_path)!r}, clock=FixedClock('2024-04-02'), token={token!r})\n"
        "found = store.get_online_features(['customer_daily:*'], [{'customer': 'ann'}]).to_dict()\n"
        "assert found['spent_7d'] == [2.5], found"
    )
    assert not _loaded_by(code) & (HEAVY | SCHEMAS - {"yaml"})


CHECKED = """    expect:
      - check: great_expectations
        expectation: expect_column_max_to_be_between
        column: amount
        arguments: {max_value: 2}
"""
_COLUMNS = "    columns: {customer"


def _opened(folder: Path) -> str:
    return (
        "from featurestore import FeatureStore; from featurestore.clock import FixedClock\n"
        f"store = FeatureStore({str(folder)!r}, clock=FixedClock('2024-04-02'))\n"
    )


def test_validating_what_great_expectations_is_to_expect_does_not_load_it(tmp_path: Path) -> None:
    Shop(tmp_path, ONE_VIEW.replace(_COLUMNS, f"{CHECKED}{_COLUMNS}", 1))
    assert not _loaded_by(_opened(tmp_path) + "store.validate()") & {"great_expectations", "pandas"}


def test_materializing_without_such_checks_does_not_either(tmp_path: Path) -> None:
    expected = "    expect: [{check: not_null, column: amount}]\n"
    shop = Shop(tmp_path, ONE_VIEW.replace(_COLUMNS, f"{expected}{_COLUMNS}", 1))
    shop.land("orders", [order("2024-03-31", "ann", 2.5)])
    loaded = _loaded_by(_opened(tmp_path) + "store.apply(); store.materialize()")
    assert "great_expectations" not in loaded
