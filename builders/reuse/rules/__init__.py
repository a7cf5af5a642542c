"""The rules by which values are had from others, in the order in which they are tried.

The first line of each says what it knows.
"""

from __future__ import annotations

from typing import Final

from builders.reuse.rule import Rule
from builders.reuse.rules.lists import shorter_list
from builders.reuse.rules.means import mean_from_sum_and_count, ones_from_counts, share_from_counts, share_of_the_others
from builders.reuse.rules.parts import count_over_parts, extreme_over_parts, sum_over_parts
from builders.reuse.rules.rest import count_of_the_rest, sum_of_the_rest
from builders.reuse.rules.scaled import scaled_values
from builders.reuse.rules.spread import stddev_from_variance, variance_from_moments, variance_from_stddev

RULES: Final[tuple[Rule, ...]] = (
    mean_from_sum_and_count,
    share_from_counts,
    share_of_the_others,
    ones_from_counts,
    stddev_from_variance,
    variance_from_stddev,
    variance_from_moments,
    scaled_values,
    shorter_list,
    count_over_parts,
    sum_over_parts,
    extreme_over_parts,
    count_of_the_rest,
    sum_of_the_rest,
)
