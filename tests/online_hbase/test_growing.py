"""What a view goes through while people change it, with its online rows in HBase: tests of SQLite, run there."""

from __future__ import annotations

import pytest

from tests.journeys.test_growing import (  # noqa: F401
    shop,
    test_a_new_feature_fills_itself_in_without_touching_what_is_there,
    test_a_publish_interrupted_between_two_batches_is_completed,
    test_a_removed_feature_is_gone_for_training_and_online_and_costs_no_tile,
    test_a_service_that_gains_a_feature_is_served_as_it_was_until_the_feature_is_online,
    test_late_rows_are_published_even_if_the_tiles_before_them_were_vacuumed,
    test_online_serves_the_former_computation_until_the_new_one_is_published,
    test_windows_expire_online_without_any_new_row,
)

pytestmark = pytest.mark.usefixtures("shops_on_hbase")
