"""Words of the SQL that we generate for DuckDB: macros, defined once in a database."""

from __future__ import annotations

from typing import Final

from builders.limbs import LIMB_BITS, TOP_BITS, unit

LIMB_ERROR: Final = "limbs of slot "
"""How the message begins when a value does not fit the limbs that a sum was planned with; the slot's name follows."""

_WHOLE: Final = "DECIMAL(38, 0)"
_HALF_LIMB: Final = 2 ** (LIMB_BITS - 1)
_SPLITTER: Final = 2.0**27 + 1
_BITS_BELOW_BUCKET: Final = 45

_TIME: Final = ("floor_to_hop(instant, hop) AS instant - ((instant % hop) + hop) % hop",)
"""`floor_to_hop` floors below zero too."""


_EXACT_SUMS: Final = (
    "whole_units(scaled, slot) AS CASE "
    f"WHEN scaled IS NULL OR abs(scaled) <= {2.0**TOP_BITS!r} THEN trunc(scaled) "
    f"ELSE error('{LIMB_ERROR}' || slot || ' are too few') END",
    "only_units(scaled, slot) AS CASE "
    f"WHEN scaled IS NULL OR (scaled = trunc(scaled) AND abs(scaled) <= {2.0**TOP_BITS!r}) THEN scaled "
    f"ELSE error('{LIMB_ERROR}' || slot || ' are too few') END",
    f"lower_units(scaled, above, slot) AS trunc(scaled) - trunc(above) * {2.0**LIMB_BITS!r}",
    "lowest_units(scaled, above, slot) AS CASE "
    "WHEN scaled IS NULL OR scaled = trunc(scaled) THEN lower_units(scaled, above, slot) "
    f"ELSE error('{LIMB_ERROR}' || slot || ' are too few') END",
    "wide(limb) AS limb::HUGEINT",
    f"carry(limb) AS (limb::HUGEINT + {_HALF_LIMB}::HUGEINT) >> {LIMB_BITS}",
    f"digit(limb) AS ((limb::HUGEINT + {_HALF_LIMB}::HUGEINT) & {2**LIMB_BITS - 1}::HUGEINT) - {_HALF_LIMB}::HUGEINT",
    f"rounded(whole) AS "
    f"(whole >> {LIMB_BITS // 2})::DOUBLE * {2.0 ** (LIMB_BITS // 2)!r} "
    f"+ (whole & {2 ** (LIMB_BITS // 2) - 1}::HUGEINT)::DOUBLE",
    f"exact_double(whole) AS "
    f"(whole::DOUBLE + coalesce((whole - TRY_CAST(whole::DOUBLE AS {_WHOLE}))::DOUBLE, 0)) * {2.0 ** unit(0)!r}",
    f"as_one_limb(upper, lower) AS TRY_CAST(CASE WHEN abs(upper) <= {2**37} "
    f"THEN upper * {2**LIMB_BITS}::HUGEINT + lower END AS {_WHOLE})",
)
"""`whole_units` and `only_units` are the highest limb's share of a value, with and without limbs below it,
`lower_units` and `lowest_units` those of the others; a value that does not fit is an error.

`exact_double` is the double nearest to a sum that limb 0 holds alone, which is nearly every one: DuckDB's cast of a
decimal to a double may be one off, but leaves a rest that is exact (to 2**106 units; nearly, above). Wider sums go
through HUGEINTs, which cost .5 us each: `carry` and `digit` split a limb into what belongs to the next one and a
balanced digit of 90 bits, which makes the digits of a total unique; `rounded` is the double nearest to a digit.
`as_one_limb` is a total of digits 0 and 1 as limb 0 would hold it, null where it could not: a total is the same double
whatever the limbs it came in. `wide` makes room to add what is carried."""

_MOMENTS: Final = (
    f"upper_half(value) AS {_SPLITTER!r} * value - ({_SPLITTER!r} * value - value)",
    "rest_of_product(x, y) AS ((upper_half(x) * upper_half(y) - x * y) + upper_half(x) * (y - upper_half(y)) "
    "+ (x - upper_half(x)) * upper_half(y)) + (x - upper_half(x)) * (y - upper_half(y))",
    "rest_of_sum(x, y) AS (x - ((x + y) - ((x + y) - x))) + (y - ((x + y) - x))",
    "limb_double(whole) AS whole::DOUBLE",
    f"limb_rest(whole) AS coalesce((whole - TRY_CAST(whole::DOUBLE AS {_WHOLE}))::DOUBLE, 0)",
    "deviation(n, squares, squares_rest, total, total_rest) AS "
    "(n * squares - total * total) + (rest_of_sum(n * squares, -(total * total)) "
    "+ (rest_of_product(n, squares) - rest_of_product(total, total)) "
    "+ (n * squares_rest - 2 * total * total_rest))",
    "variance_of(n, squares, squares_rest, total, total_rest) AS CASE "
    "WHEN n >= 2 AND isfinite(deviation(n, squares, squares_rest, total, total_rest)) "
    "THEN greatest(deviation(n, squares, squares_rest, total, total_rest), 0) / (n * (n - 1)) END",
)
"""Doubles with twice the digits, as pairs of a double and its rest (Dekker, A floating-point technique for extending
the available precision, 1971; Knuth's sum): `n * sum(x * x) - sum(x) ** 2` of two exact sums loses nothing that the
variance could show."""

_VALUES: Final = (
    "values_of(picked) AS list_transform(picked, lambda held: held.value)",
    "first_items(lists, size) AS flatten(lists)[1:size]",
    "first_keys(counts, size) AS map_keys(counts)[1:size]",
    "first_entries(counts, size) AS map_from_entries(map_entries(counts)[1:size])",
    "bucket(value) AS (CASE WHEN value < 0 THEN -1 ELSE 1 END "
    f"* (abs(value)::BIT::BIGINT >> {_BITS_BELOW_BUCKET}))::INT",
    "bucket_edge(bucket) AS CASE WHEN bucket < 0 THEN -1 ELSE 1 END "
    f"* (abs(bucket)::BIGINT << {_BITS_BELOW_BUCKET})::BIT::DOUBLE",
    "quantile_of(totals, share) AS bucket_edge(list_filter("
    "map_entries(totals), lambda held: held.value >= ceil(share * map_values(totals)[-1]))[1].key)",
)
"""Lists, counts of values and buckets. A `bucket` is the sign, the exponent and the seven leading binary
digits of a double, so its edges are within 1/128 of what lies in it (docs/decisions/0007); `totals` are counts added up
from the smallest bucket."""

MACROS: Final = tuple(f"CREATE OR REPLACE MACRO {macro}" for macro in (*_TIME, *_EXACT_SUMS, *_MOMENTS, *_VALUES))
