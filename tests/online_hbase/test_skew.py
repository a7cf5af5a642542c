"""Look-ups of rows in HBase are kept and computed again as those of SQLite are: tests of SQLite, run there."""

from __future__ import annotations

import pytest

from tests.journeys.test_skew import (  # noqa: F401
    shop,
    test_late_rows_change_nothing_of_then_and_show_in_what_is_now,
)

pytestmark = pytest.mark.usefixtures("shops_on_hbase")
