"""Write definitions/great_expectations.json: what Great Expectations checks on a frame of rows, as it is installed.

    python docs/generate_great_expectations.py

The file is committed, so that definitions are validated without loading it; a test holds that it is what this writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from definitions.great_expectations import FILE  # noqa: E402
from quality.gx_registry import list_expectations  # noqa: E402


def generate_list() -> str:
    """A line an expectation: its arguments, and whether they are required."""
    lines = (f"  {json.dumps(name)}: {json.dumps(arguments)}" for name, arguments in list_expectations().items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(generate_list(), encoding="utf-8")
