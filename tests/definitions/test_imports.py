"""What importing definitions costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import definitions


def modules_after(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    return set(found.split())


@pytest.mark.parametrize("heavy", ["sqlglot", "pydantic", "yaml", "pandas", "pyarrow", "duckdb", "sqlalchemy"])
def test_importing_definitions_loads_nothing_heavy(heavy: str) -> None:
    assert heavy not in modules_after("import definitions")


def test_columns_and_fingerprints_of_plain_columns_need_no_sqlglot() -> None:
    code = (
        "from definitions.expressions import parse_expression\n"
        "from definitions.types import DOUBLE\n"
        "import definitions.columns, definitions.fingerprint\n"
        "parse_expression('arr_delay', {'arr_delay': DOUBLE})"
    )
    assert "sqlglot" not in modules_after(code)


def test_every_public_name_is_there() -> None:
    for name in dir(definitions):
        assert getattr(definitions, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = definitions.nothing
