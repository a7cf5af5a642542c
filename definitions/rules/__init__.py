"""What a repository must not say: one rule, one file, named for what it forbids.

A rule's docstring is what a person may read about it; its name with hyphens stands behind each message.
"""

from __future__ import annotations

from typing import Final

from definitions.errors import Problem
from definitions.loaded import LoadedRepository
from definitions.rules.aggregation_of_another_type import aggregation_of_another_type
from definitions.rules.arguments_of_another_expectation import arguments_of_another_expectation
from definitions.rules.brownout_of_another_time import brownout_of_another_time
from definitions.rules.check_of_another_type import check_of_another_type
from definitions.rules.check_of_rows import check_of_rows
from definitions.rules.check_without_timestamp import check_without_timestamp
from definitions.rules.clashing_service_columns import clashing_service_columns
from definitions.rules.column_declared_twice import column_declared_twice
from definitions.rules.deprecated_without_end import deprecated_without_end
from definitions.rules.duplicate_columns import duplicate_columns
from definitions.rules.duplicate_expectation import duplicate_expectation
from definitions.rules.duplicate_join import duplicate_join
from definitions.rules.duplicate_test import duplicate_test
from definitions.rules.duplicate_windows import duplicate_windows
from definitions.rules.exact_window_offline_only import exact_window_offline_only
from definitions.rules.expectation_without_column import expectation_without_column
from definitions.rules.feature_expectation_with_column import feature_expectation_with_column
from definitions.rules.floating_key import floating_key
from definitions.rules.invalid_expression import invalid_expression
from definitions.rules.invalid_pattern import invalid_pattern
from definitions.rules.invalid_relation import invalid_relation
from definitions.rules.join_key_of_two_types import join_key_of_two_types
from definitions.rules.join_on_two_types import join_on_two_types
from definitions.rules.join_without_meaning import join_without_meaning
from definitions.rules.keep_of_all_history import keep_of_all_history
from definitions.rules.keep_shorter_than_needed import keep_shorter_than_needed
from definitions.rules.missing_expression import missing_expression
from definitions.rules.missing_key_column import missing_key_column
from definitions.rules.missing_parameter import missing_parameter
from definitions.rules.nulls_beyond_last import nulls_beyond_last
from definitions.rules.on_block_without_effect import on_block_without_effect
from definitions.rules.parameter_of_another_aggregation import parameter_of_another_aggregation
from definitions.rules.path_outside_repository import path_outside_repository
from definitions.rules.path_with_scheme import path_with_scheme
from definitions.rules.range_without_bounds import range_without_bounds
from definitions.rules.rule import Finding, Rule
from definitions.rules.service_level_below_the_hop import service_level_below_the_hop
from definitions.rules.source_without_files import source_without_files
from definitions.rules.source_without_timestamp import source_without_timestamp
from definitions.rules.table_with_path import table_with_path
from definitions.rules.test_without_instant import test_without_instant
from definitions.rules.time_without_timestamp import time_without_timestamp
from definitions.rules.timestamp_of_another_type import timestamp_of_another_type
from definitions.rules.ttl_beyond_last import ttl_beyond_last
from definitions.rules.uneven_hop import uneven_hop
from definitions.rules.union_member_of_another_shape import union_member_of_another_shape
from definitions.rules.union_of_unions import union_of_unions
from definitions.rules.union_with_own_parts import union_with_own_parts
from definitions.rules.unknown_entity import unknown_entity
from definitions.rules.unknown_expected_column import unknown_expected_column
from definitions.rules.unknown_feature_column import unknown_feature_column
from definitions.rules.unknown_format import unknown_format
from definitions.rules.unknown_great_expectation import unknown_great_expectation
from definitions.rules.unknown_join_column import unknown_join_column
from definitions.rules.unknown_join_key import unknown_join_key
from definitions.rules.unknown_key import unknown_key
from definitions.rules.unknown_source import unknown_source
from definitions.rules.unknown_source_column import unknown_source_column
from definitions.rules.unknown_test_column import unknown_test_column
from definitions.rules.unknown_view import unknown_view
from definitions.rules.value_of_another_type import value_of_another_type
from definitions.rules.window_off_the_hop import window_off_the_hop

RULES: Final[tuple[Rule, ...]] = (
    unknown_entity,
    unknown_source,
    unknown_view,
    unknown_feature_column,
    unknown_source_column,
    timestamp_of_another_type,
    column_declared_twice,
    source_without_timestamp,
    time_without_timestamp,
    path_outside_repository,
    path_with_scheme,
    unknown_format,
    source_without_files,
    table_with_path,
    union_with_own_parts,
    union_of_unions,
    union_member_of_another_shape,
    duplicate_join,
    unknown_join_column,
    join_on_two_types,
    join_without_meaning,
    floating_key,
    unknown_key,
    missing_key_column,
    invalid_expression,
    missing_expression,
    missing_parameter,
    parameter_of_another_aggregation,
    aggregation_of_another_type,
    uneven_hop,
    window_off_the_hop,
    keep_shorter_than_needed,
    keep_of_all_history,
    duplicate_windows,
    duplicate_columns,
    exact_window_offline_only,
    ttl_beyond_last,
    nulls_beyond_last,
    unknown_join_key,
    clashing_service_columns,
    join_key_of_two_types,
    duplicate_test,
    unknown_test_column,
    test_without_instant,
    deprecated_without_end,
    brownout_of_another_time,
    unknown_expected_column,
    expectation_without_column,
    feature_expectation_with_column,
    check_of_rows,
    check_without_timestamp,
    check_of_another_type,
    range_without_bounds,
    value_of_another_type,
    invalid_pattern,
    invalid_relation,
    duplicate_expectation,
    on_block_without_effect,
    service_level_below_the_hop,
    unknown_great_expectation,
    arguments_of_another_expectation,
)


def check_repository(loaded: LoadedRepository) -> tuple[Problem, ...]:
    """Everything that any rule finds, errors and warnings, in the order of the rules."""
    return tuple(_problem(rule, finding, loaded) for rule in RULES for finding in rule(loaded))


def rule_name(rule: Rule) -> str:
    """The short name that messages end with, such as `unknown-entity`."""
    return rule.__name__.replace("_", "-")


def _problem(rule: Rule, finding: Finding, loaded: LoadedRepository) -> Problem:
    place = loaded.place(finding.kind, finding.name, *finding.path)
    location = None if place is None else place.location if finding.offset is None else place.at(finding.offset)
    return Problem(rule_name(rule), finding.message, location, finding.suggestion, finding.severity)
