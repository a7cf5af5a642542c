"""Readers go from one generation to another and back, with both in HBase: tests of SQLite, run there."""

from __future__ import annotations

import pytest

from tests.journeys.test_rollback import (  # noqa: F401
    shop,
    test_a_look_up_is_of_one_generation_while_readers_are_switched,
    test_readers_go_back_in_one_step_and_the_wrong_generation_stays_to_be_looked_at,
    test_vacuum_keeps_what_is_held_and_what_was_served_last,
    test_while_a_hold_is_on_runs_bring_the_held_generation_forward,
)

pytestmark = pytest.mark.usefixtures("shops_on_hbase")
