"""Words of the SQL that we generate, for Spark: SQL functions, defined once in a session.

They are what `builders.duckdb.macros` are, one for one; where the arithmetic differs, it says why.
"""

from __future__ import annotations

import re
from typing import Final

from builders.limbs import LIMB_BITS, TOP_BITS, unit
from builders.spark.letters import counterparts

LIMB_ERROR: Final = "limbs of slot "
"""How the message begins when a value does not fit the limbs that a sum was planned with; the slot's name follows."""

_WHOLE: Final = "DECIMAL(38, 0)"
_LIMB: Final = 2**LIMB_BITS
_HALF_LIMB: Final = 2 ** (LIMB_BITS - 1)
_SPLITTER: Final = f"{2.0**27 + 1!r}D"
_LONG_BITS: Final = 62
_DIGIT_BITS: Final = 34

_PLAIN: Final = (
    "floor_to_hop(instant BIGINT, hop BIGINT) RETURNS BIGINT RETURN instant - pmod(instant, hop)",
    "sha256(value STRING) RETURNS STRING RETURN sha2(value, 256)",
)


def _of_letters(case: str) -> str:
    letters, changed = counterparts(upper=case == "upper")
    return (
        f"{case}_letters(value STRING) RETURNS STRING RETURN CASE WHEN octet_length(value) = length(value) "
        f"THEN {case}(value) ELSE translate(value, '{letters}', '{changed}') END"
    )


_EXPRESSIONS: Final = (
    "finite(value DOUBLE) RETURNS DOUBLE RETURN CASE WHEN abs(value) < double('Infinity') THEN value END",
    f"in_bigint(value DOUBLE) RETURNS DOUBLE RETURN CASE "
    f"WHEN value >= {-(2.0**63)!r}D AND value < {2.0**63!r}D THEN value END",
    _of_letters("lower"),
    _of_letters("upper"),
)
"""The guards of expressions, and the case of letters; a text of as many bytes as letters has only ASCII's."""

_TOO_FEW: Final = f"raise_error(concat('{LIMB_ERROR}', slot, ' are too few'))"

_EXACT_SUMS: Final = (
    "isfinite(value DOUBLE) RETURNS BOOLEAN RETURN abs(value) < double('Infinity')",
    f"whole(value DOUBLE) RETURNS DOUBLE RETURN CASE "
    f"WHEN abs(value) < {2.0**53!r}D THEN CAST(CAST(value AS BIGINT) AS DOUBLE) ELSE value END",
    f"as_whole(value DOUBLE) RETURNS {_WHOLE} RETURN CASE "
    f"WHEN abs(value) < {2.0**_LONG_BITS!r}D THEN CAST(CAST(value AS BIGINT) AS {_WHOLE}) "
    f"ELSE CAST(CAST(whole(value * {2.0**-_LONG_BITS!r}D) AS BIGINT) AS DECIMAL(19, 0)) * {2**_LONG_BITS}BD "
    f"+ CAST(CAST(value - whole(value * {2.0**-_LONG_BITS!r}D) * {2.0**_LONG_BITS!r}D AS BIGINT) AS DECIMAL(19, 0)) "
    "END",
    f"whole_units(scaled DOUBLE, slot STRING) RETURNS DOUBLE RETURN CASE "
    f"WHEN scaled IS NULL OR abs(scaled) <= {2.0**TOP_BITS!r}D THEN whole(scaled) ELSE {_TOO_FEW} END",
    f"only_units(scaled DOUBLE, slot STRING) RETURNS DOUBLE RETURN CASE "
    f"WHEN scaled IS NULL OR (scaled = whole(scaled) AND abs(scaled) <= {2.0**TOP_BITS!r}D) THEN scaled "
    f"ELSE {_TOO_FEW} END",
    "lower_units(scaled DOUBLE, above DOUBLE, slot STRING) RETURNS DOUBLE RETURN "
    f"whole(scaled) - whole(above) * {2.0**LIMB_BITS!r}D",
    "lowest_units(scaled DOUBLE, above DOUBLE, slot STRING) RETURNS DOUBLE RETURN CASE "
    f"WHEN scaled IS NULL OR scaled = whole(scaled) THEN lower_units(scaled, above, slot) ELSE {_TOO_FEW} END",
    f"upper_digit(units DOUBLE) RETURNS BIGINT RETURN CAST(whole(units * {2.0 ** -(2 * _DIGIT_BITS)!r}D) AS BIGINT)",
    f"middle_digit(units DOUBLE) RETURNS BIGINT RETURN CAST(whole(units * {2.0**-_DIGIT_BITS!r}D) "
    f"- whole(units * {2.0 ** -(2 * _DIGIT_BITS)!r}D) * {2.0**_DIGIT_BITS!r}D AS BIGINT)",
    "lower_digit(units DOUBLE) RETURNS BIGINT RETURN "
    f"CAST(units - whole(units * {2.0**-_DIGIT_BITS!r}D) * {2.0**_DIGIT_BITS!r}D AS BIGINT)",
    f"of_digits(upper BIGINT, middle BIGINT, lower BIGINT) RETURNS {_WHOLE} RETURN "
    f"CAST(CAST(upper AS DECIMAL(19, 0)) * {2 ** (2 * _DIGIT_BITS)}BD "
    f"+ CAST(middle AS DECIMAL(19, 0)) * {2**_DIGIT_BITS}BD + CAST(lower AS DECIMAL(19, 0)) AS {_WHOLE})",
    f"wide(limb {_WHOLE}) RETURNS {_WHOLE} RETURN limb",
    f"carry(limb {_WHOLE}) RETURNS {_WHOLE} RETURN "
    f"CAST((limb + {_HALF_LIMB}BD - pmod(limb + {_HALF_LIMB}BD, {_LIMB}BD)) DIV {_LIMB}BD AS {_WHOLE})",
    f"digit(limb {_WHOLE}) RETURNS {_WHOLE} RETURN "
    f"CAST(pmod(limb + {_HALF_LIMB}BD, {_LIMB}BD) - {_HALF_LIMB}BD AS {_WHOLE})",
    f"rounded(whole {_WHOLE}) RETURNS DOUBLE RETURN CAST(whole AS DOUBLE)",
    f"exact_double(whole {_WHOLE}) RETURNS DOUBLE RETURN CAST(whole AS DOUBLE) * {2.0 ** unit(0)!r}D",
    f"as_one_limb(upper {_WHOLE}, lower {_WHOLE}) RETURNS {_WHOLE} RETURN CASE WHEN abs(upper) <= {2**37} "
    f"THEN try_cast(CAST(upper AS DECIMAL(12, 0)) * {_LIMB}BD + lower AS {_WHOLE}) END",
)
"""Units are added up digit by digit, in three bigints: 2**29 rows a tile, or an error. A sum of decimals takes twice as
long as all else that a build does. Decimals of 38 digits take the place of HUGEINTs. Spark casts a double to a decimal
by way of its shortest text, which loses digits beyond 2**53: `as_whole` casts it as two bigints instead. Its cast of a
decimal to a double is the nearest one."""

_MOMENTS: Final = (
    f"upper_half(value DOUBLE) RETURNS DOUBLE RETURN {_SPLITTER} * value - ({_SPLITTER} * value - value)",
    "rest_of_product(x DOUBLE, y DOUBLE) RETURNS DOUBLE RETURN "
    "((upper_half(x) * upper_half(y) - x * y) + upper_half(x) * (y - upper_half(y)) "
    "+ (x - upper_half(x)) * upper_half(y)) + (x - upper_half(x)) * (y - upper_half(y))",
    "rest_of_sum(x DOUBLE, y DOUBLE) RETURNS DOUBLE RETURN (x - ((x + y) - ((x + y) - x))) + (y - ((x + y) - x))",
    f"limb_double(whole {_WHOLE}) RETURNS DOUBLE RETURN CAST(whole AS DOUBLE)",
    f"limb_rest(whole {_WHOLE}) RETURNS DOUBLE RETURN CAST(whole - as_whole(CAST(whole AS DOUBLE)) AS DOUBLE)",
    "deviation(n DOUBLE, squares DOUBLE, squares_rest DOUBLE, total DOUBLE, total_rest DOUBLE) RETURNS DOUBLE RETURN "
    "(n * squares - total * total) + (rest_of_sum(n * squares, -(total * total)) "
    "+ (rest_of_product(n, squares) - rest_of_product(total, total)) "
    "+ (n * squares_rest - 2 * total * total_rest))",
    "variance_of(n BIGINT, squares DOUBLE, squares_rest DOUBLE, total DOUBLE, total_rest DOUBLE) "
    "RETURNS DOUBLE RETURN CASE "
    "WHEN n >= 2 AND isfinite(deviation(n, squares, squares_rest, total, total_rest)) "
    "THEN greatest(deviation(n, squares, squares_rest, total, total_rest), 0) / (n * (n - 1D)) END",
)

_VALUES: Final = (
    "exponent(size DOUBLE) RETURNS INT RETURN greatest(CAST(floor(log2(size)) AS INT), -1022)",
    "bucket(value DOUBLE) RETURNS INT RETURN CASE WHEN value = 0 THEN 0 ELSE CAST(sign(value) AS INT) * "
    "((exponent(abs(value)) + 1022) * 128 "
    "+ CAST(floor(abs(value) * pow(2D, -exponent(abs(value))) * 128) AS INT)) END",
    "quantile_of(totals MAP<INT, BIGINT>, share DECIMAL(18, 17)) RETURNS DOUBLE RETURN get(transform(filter("
    "map_entries(totals), held -> held.value >= ceil(share * element_at(map_values(totals), -1))), "
    f"held -> CASE WHEN abs(held.key) < 128 THEN held.key * {2.0**-1029!r}D "
    "ELSE sign(held.key) * (1D + (abs(held.key) % 128) / 128D) * pow(2D, abs(held.key) DIV 128 - 1023) END), 0)",
    "count_of_sketch(sketch BINARY) RETURNS BIGINT RETURN hll_sketch_estimate(hll_union(sketch, sketch))",
)
"""There is no way to the bits of a double. Beside a power of two its logarithm may round to a whole number, and
`exponent` be one off: the same bucket is then 256 parts into the exponent before, or 127 into the one after. Powers of
two are exact. An estimate is that of a union, never that of the order in which values came."""

_CREATE: Final = "CREATE OR REPLACE TEMPORARY FUNCTION "
FUNCTIONS: Final = tuple(
    f"{_CREATE}{function}" for function in (*_PLAIN, *_EXPRESSIONS, *_EXACT_SUMS, *_MOMENTS, *_VALUES)
)


def functions_in(sql: str) -> list[str]:
    """The functions that a statement uses, by themselves or through others, in the order of their definition."""
    needed: list[str] = []
    for function in reversed(FUNCTIONS):
        word = function.removeprefix(_CREATE).partition("(")[0]
        if any(re.search(rf"\b{word}\(", text, re.IGNORECASE) for text in (sql, *needed)):
            needed.insert(0, function)
    return needed
