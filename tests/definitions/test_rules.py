"""Each rule, by a repository that breaks it alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.errors import DefinitionError
from definitions.relation import resolve_source
from definitions.rules import RULES, rule_name
from tests.definitions.repositories import flights

COLUMNS = "columns: {carrier: string, origin: string, arr_delay: double, cancelled: boolean, arrived_at: timestamp}"
TIMESTAMP = "timestamp: arrived_at          # when the row's values were known"
ARRIVALS = "{name: arrivals, agg: count, windows: [1d, 7d, 28d]}"
LATE = '{name: late_share, agg: mean, of: "arr_delay > 15", where: not cancelled, windows: [28d]}'
LAST = "{name: arr_delay, agg: last, of: arr_delay, ttl: 2d}"
ROLES = "{view: airport_delay, join_keys: {airport: destination}, prefix: destination_}"
TEST = "      - name: counts yesterday\n        at: 2013-01-02T02:00:00\n"

PLANES = "columns: {carrier: string, seats: int, weight: double, since: timestamp}"


def joined(join: str, planes: str = f"timestamp: since, {PLANES}", of: str = "planes.seats") -> tuple[str, str]:
    """The repository with one more source and a view that joins it."""
    source = f"  - {{name: planes, path: data/planes.csv, {planes}}}\n"
    view = (
        f"  - {{name: seats, entity: carrier, source: flights, {join}, features: [{{name: s, agg: sum, of: {of}}}]}}\n"
    )
    return "feature_views:\n", f"{source}feature_views:\n{view}"


def united(union: str, other: str = f"timestamp: arrived_at, {COLUMNS}") -> tuple[str, str]:
    """The repository with one more source and a union."""
    source = f"  - {{name: late_flights, path: data/late.csv, {other}}}\n"
    return "feature_views:\n", f"{source}  - {{name: all_flights, {union}}}\nfeature_views:\n"


def with_source(source: str) -> tuple[str, str]:
    """The repository with one more source."""
    return "feature_views:\n", f"{source}\nfeature_views:\n"


def expecting(*checks: str, columns: str = COLUMNS) -> tuple[str, str]:
    """The repository whose source expects something of its rows."""
    return COLUMNS, f"{columns}\n    expect: [{', '.join(checks)}]"


def expecting_of(feature: str, *checks: str) -> tuple[str, str]:
    """The repository that expects something of a feature's values."""
    return feature, f"{feature[:-1]}, expect: [{', '.join(checks)}]}}"


BOTH = "union: [flights, late_flights]"
ON_CARRIER = "join: {source: planes, on: carrier}"
OTHER_COLUMNS = COLUMNS.replace("double", "int")

LISTED = "{name: latest, agg: last_n, n: 2, of: arr_delay}"
FIRST = "{name: first, agg: first, of: carrier}"


def untimed(check: str) -> tuple[str, str]:
    """The repository with one more source, without timestamp, that expects something."""
    return with_source(f"  - {{name: planes, path: data/planes.csv, {PLANES}, expect: [{check}]}}")


BROWNOUT = "brownouts: [{at: 2030-01-01T09:00:00, minutes: 10}]"
BROKEN = [
    ("unknown-source", *joined("join: {source: plane, on: carrier}"), "did you mean 'planes'?"),
    ("unknown-source", *united("union: [flights, late_flight]"), "did you mean 'late_flights'?"),
    ("unknown-join-column", *joined("join: {source: planes, on: carier}"), "did you mean 'carrier'?"),
    ("unknown-join-column", *joined("join: [{source: planes, on: {origin: carier}}]"), "did you mean 'carrier'?"),
    ("join-on-two-types", *joined("join: {source: planes, on: {origin: seats}}"), "same type"),
    ("join-on-two-types", *joined("join: {source: planes, on: {arr_delay: weight}}"), "bigint"),
    (
        "join-without-meaning",
        *joined(ON_CARRIER, f"timestamp: since, dedupe: {{key: [carrier], by: since}}, {PLANES}"),
        "without it",
    ),
    ("duplicate-join", *joined(f"join: [{ON_CARRIER[6:]}, {{source: planes, on: {{origin: carrier}}}}]"), "name"),
    ("invalid-expression", *joined("join: {source: planes, on: carrier}", of="plane.seats"), "did you mean 'planes'?"),
    ("invalid-expression", *joined("join: {source: planes, on: carrier}", of="planes.seat"), "mean 'planes.seats'?"),
    ("missing-key-column", *joined(f"{ON_CARRIER}, keys: {{carrier: planes.carier}}"), "planes.carrier"),
    ("source-without-files", *with_source("  - {name: planes, path: data/planes.csv, timestamp: at}"), "columns:"),
    ("source-without-files", *with_source(f"  - {{name: planes, {PLANES}, timestamp: since}}"), "union:"),
    (
        "path-with-scheme",
        *with_source(f"  - {{name: planes, path: 's3a://fleet/*.parquet', timestamp: since, {PLANES}}}"),
        "mount the storage",
    ),
    (
        "path-with-scheme",
        *with_source(f"  - {{name: planes, path: 'file:///fleet/*.parquet', timestamp: since, {PLANES}}}"),
        "without file://",
    ),
    (
        "table-with-path",
        *with_source(f"  - {{name: planes, table: fleet.planes, path: data/planes.csv, timestamp: since, {PLANES}}}"),
        "the catalog knows it",
    ),
    ("table-with-path", *with_source(f"  - {{name: planes, table: ' ', timestamp: since, {PLANES}}}"), "sales.orders"),
    ("union-with-own-parts", *united(f"{BOTH}, timestamp: arrived_at"), "members"),
    ("union-of-unions", *united("union: [flights, flights]"), "twice"),
    ("union-of-unions", *united(f"{BOTH}}}\n  - {{name: more, union: [flights, all_flights]"), "flights, late_flights"),
    ("union-member-of-another-shape", *united(BOTH, f"timestamp: arrived_at, {OTHER_COLUMNS}"), "alike"),
    ("union-member-of-another-shape", *united(BOTH, f"timestamp: arrived_at, tiebreak: origin, {COLUMNS}"), "alike"),
    ("unknown-test-column", TEST, TEST + "        dimensions: {planes: [{seats: 1}]}\n", "join"),
    ("unknown-entity", "entity: carrier", "entity: carier", "did you mean 'carrier'?"),
    ("unknown-source", "source: flights", "source: flight", "did you mean 'flights'?"),
    ("unknown-view", '"carrier_punctuality:*"', '"carier_punctuality:*"', "did you mean 'carrier_punctuality'?"),
    ("unknown-feature-column", '"carrier_punctuality:*"', '"carrier_punctuality:arrivals_8d"', "arrivals_"),
    ("unknown-source-column", TIMESTAMP, "timestamp: arived_at", "did you mean 'arrived_at'?"),
    ("unknown-source-column", TIMESTAMP, TIMESTAMP + "\n    tiebreak: carier", "did you mean 'carrier'?"),
    ("unknown-source-column", TIMESTAMP, TIMESTAMP + "\n    dedupe: {key: [carier], by: arrived_at}", "'carrier'"),
    ("timestamp-of-another-type", TIMESTAMP, "timestamp: carrier", "timestamp or date"),
    ("column-declared-twice", COLUMNS, COLUMNS.replace("origin:", "Carrier: int, origin:"), "keep one"),
    ("time-without-timestamp", TIMESTAMP, "format: parquet", "timestamp"),
    ("path-outside-repository", "data/flights.parquet", "../flights.parquet", "inside the repository"),
    ("path-outside-repository", "path: data/flights.parquet", "path: '  '\n    format: csv", "data/flights.parquet"),
    ("unknown-format", "data/flights.parquet", "data/flights", "format: parquet"),
    ("floating-key", "{airport: string}", "{airport: double}", "bigint"),
    ("unknown-key", "keys: {airport: origin}", "keys: {airport: origin, airprt: carrier}", "did you mean 'airport'?"),
    ("missing-key-column", "keys: {airport: origin}", "delay: 0s", "keys: {airport: ..}"),
    ("missing-key-column", "keys: {airport: origin}", "keys: {airport: orign}", "did you mean 'origin'?"),
    ("missing-key-column", "{airport: string}", "{airport: bigint}", "same type"),
    ("invalid-expression", "where: not cancelled", "where: not canceled", "did you mean 'cancelled'?"),
    ("invalid-expression", "where: not cancelled", "where: arr_delay", "compare"),
    ("missing-expression", "agg: mean, of: arr_delay, ", "agg: mean, ", "only count"),
    ("aggregation-of-another-type", "agg: mean, of: arr_delay, ", "agg: mean, of: origin, ", "yields a number"),
    ("aggregation-of-another-type", "agg: mean, of: arr_delay, ", "agg: stddev, of: origin, ", "yields a number"),
    ("aggregation-of-another-type", "agg: mean, of: arr_delay, ", "agg: count_distinct, of: arr_delay, ", "floor"),
    ("aggregation-of-another-type", ARRIVALS, ARRIVALS.replace("windows", "by: arr_delay, top: 3, windows"), "floor"),
    ("invalid-expression", ARRIVALS, ARRIVALS.replace("windows", "by: orign, top: 3, windows"), "mean 'origin'?"),
    ("missing-parameter", "agg: mean, of: arr_delay, ", "agg: last_n, of: arr_delay, ", "n: 5"),
    ("missing-parameter", "agg: mean, of: arr_delay, ", "agg: quantile, of: arr_delay, ", "quantile: 0.95"),
    ("missing-parameter", ARRIVALS, ARRIVALS.replace("windows", "by: origin, windows"), "top: 10"),
    ("parameter-of-another-aggregation", ARRIVALS, ARRIVALS.replace("windows", "n: 3, windows"), "remove"),
    ("parameter-of-another-aggregation", ARRIVALS, ARRIVALS.replace("windows", "top: 3, windows"), "add by"),
    (
        "parameter-of-another-aggregation",
        ARRIVALS,
        ARRIVALS.replace("windows", "of: arr_delay, by: origin, top: 3, windows"),
        "where: .. is not null",
    ),
    ("uneven-hop", "every: 1d", "every: 7h", "1h"),
    ("uneven-hop", "every: 1d", "every: 0d", "1h"),
    ("window-off-the-hop", "windows: [1d, 7d, 28d]", "windows: [1d, 36h]", "use 2d"),
    ("window-off-the-hop", "windows: [1d, 7d, 28d]", "windows: [1d, 0d]", "longer"),
    ("keep-shorter-than-needed", "delay: 1h", "delay: 1h\n    keep: 28d", "keep more"),
    ("keep-of-all-history", LAST, LAST + "\n    keep: 400d", "give it windows"),
    ("duplicate-windows", "windows: [7d, 28d], unit", "windows: [7d, 1w], unit", "remove one"),
    ("duplicate-windows", "windows: [7d, 28d], unit", "windows: [7d, 7d], unit", "remove one"),
    ("duplicate-columns", ARRIVALS, ARRIVALS + "\n      - {name: arrivals_7d, agg: count}", "rename"),
    ("duplicate-columns", ARRIVALS, ARRIVALS + "\n      - {name: carrier, agg: count}", "rename"),
    ("ttl-beyond-last", ARRIVALS, ARRIVALS.replace("windows", "ttl: 1d, windows"), "windows"),
    ("ttl-beyond-last", "ttl: 2d", "ttl: 0d", "lengthen"),
    ("ttl-beyond-last", "keys: {airport: origin}", "keys: {airport: origin}\n    delay: 2d", "beyond 2d"),
    ("nulls-beyond-last", ARRIVALS, ARRIVALS.replace("windows", "nulls: keep, windows"), "coalesce"),
    ("unknown-join-key", "join_keys: {airport: origin}", "join_keys: {airprt: origin}", "did you mean 'airport'?"),
    ("clashing-service-columns", "prefix: destination_", "prefix: origin_", "prefix"),
    ("clashing-service-columns", "destination}, prefix: destination_", "origin_arr_delay}, prefix: d_", "prefix"),
    ("join-key-of-two-types", "join_keys: {airport: origin}", "join_keys: {airport: flight_number}", "one type"),
    ("duplicate-test", TEST, TEST + "        expect: [{carrier: UA}]\n" + TEST, "rename"),
    ("unknown-test-column", "arrived_at: 2013-01-01T01:00:00, arr_delay: 1", "arr_dely: 1", "'arr_delay'?"),
    ("unknown-test-column", "arrivals_1d: 1}", "arrivals_2d: 1}", "did you mean 'arrivals_"),
    ("unknown-test-column", "expect: [{carrier: UA, ", "expect: [{", "add it"),
    ("test-without-instant", "at: 2013-01-02T02:00:00", "at: tomorrow", "without quotes"),
    ("deprecated-without-end", "delay: 1h", "lifecycle: deprecated", "until"),
    ("brownout-of-another-time", "delay: 1h", f"lifecycle: {{state: active, {BROWNOUT}}}", "where it is deprecated"),
    (
        "brownout-of-another-time",
        "delay: 1h",
        f"lifecycle: {{state: deprecated, until: 2029-12-31, {BROWNOUT}}}",
        "by 2029-12-31",
    ),
    ("unknown-expected-column", *expecting("{check: not_null, column: arr_dely}"), "did you mean 'arr_delay'?"),
    ("unknown-expected-column", *expecting("{check: unique, columns: [carrier, orign]}"), "did you mean 'origin'?"),
    ("unknown-expected-column", *united(f"{BOTH}, expect: [{{check: not_null, column: seats}}]"), "cancelled, carrier"),
    ("expectation-without-column", *expecting("{check: not_null}"), "add column:"),
    ("feature-expectation-with-column", *expecting_of(ARRIVALS, "{check: not_null, column: origin}"), "the source"),
    ("check-of-rows", *expecting_of(ARRIVALS, "{check: unique, columns: carrier}"), "one value an entity"),
    ("check-of-rows", *expecting_of(ARRIVALS, "{check: relation, that: arr_delay > 0}"), "the source"),
    ("check-of-rows", *expecting_of(ARRIVALS, "{check: freshness, within: 6h}"), "sla: {fresh_within: ..}"),
    ("check-of-rows", *expecting_of(ARRIVALS, "{check: volume}"), "the source"),
    ("check-without-timestamp", *untimed("{check: freshness, within: 6h}"), "when a row was known"),
    ("check-without-timestamp", *untimed("{check: volume}"), "when a row was known"),
    ("check-without-timestamp", *untimed("{check: stable, column: seats}"), "when a row was known"),
    ("check-of-another-type", *expecting("{check: matches, column: arr_delay, pattern: a}"), "range or in_set"),
    ("check-of-another-type", *expecting("{check: range, column: cancelled, min: 0}"), "values: [true]"),
    ("check-of-another-type", *expecting_of(LISTED, "{check: in_set, values: [1, 2]}"), "not_null"),
    ("check-of-another-type", *expecting_of(LISTED, "{check: stable}"), "not_null"),
    ("range-without-bounds", *expecting("{check: range, column: arr_delay}"), "min:, max: or both"),
    ("range-without-bounds", *expecting("{check: range, column: arr_delay, min: 2, max: 1.5}"), "the lesser one"),
    ("range-without-bounds", *expecting("{check: range, column: arrived_at, min: 2013-01-02, max: 2013-01-01T23:00}"),
     "the lesser one"),
    ("value-of-another-type", *expecting("{check: range, column: arr_delay, min: low}"), "a number"),
    ("value-of-another-type", *expecting("{check: range, column: arrived_at, max: 5}"), "2013-01-31T14:00:00Z"),
    ("value-of-another-type", *expecting("{check: in_set, column: origin, values: [EWR, 5]}"), "in quotes"),
    ("value-of-another-type", *expecting("{check: in_set, column: cancelled, values: [0]}"), "true or false"),
    ("value-of-another-type", *expecting_of(ARRIVALS, "{check: in_set, values: [0.5]}"), "a whole number"),
    ("value-of-another-type", *expecting_of(ARRIVALS, "{check: range, max: 2013-01-01}"), "a whole number"),
    ("invalid-pattern", *expecting("{check: matches, column: carrier, pattern: '[A-Z]{2}$'}"), "the whole text"),
    ("invalid-pattern", *expecting_of(FIRST, "{check: matches, pattern: '(?i)ua'}"), "[Aa]"),
    ("invalid-relation", *expecting("{check: relation, that: arr_delay}"), "compare it"),
    ("invalid-relation", *expecting("{check: relation, that: arr_dely > 0}"), "did you mean 'arr_delay'?"),
    (
        "duplicate-expectation",
        *expecting("{check: not_null, column: origin}", "{check: not_null, column: origin, severity: block}"),
        "remove one",
    ),
    (
        "duplicate-expectation",
        *expecting("{check: unique, columns: [origin, carrier]}", "{check: unique, columns: [carrier, origin]}"),
        "remove one",
    ),
]  # fmt: skip

FLOWN = "  - {name: flight_delay, entity: flight, source: flights, features: [{name: flown, agg: count}]}"
FOLLOWING = {"floating-key": {"missing-key-column"}, "duplicate-columns": {"clashing-service-columns"}}
"""What cannot but be wrong as well."""


@pytest.mark.parametrize(("rule", "old", "new", "suggestion"), BROKEN)
def test_a_rule_finds_what_it_forbids(tmp_path: Path, rule: str, old: str, new: str, suggestion: str) -> None:
    changes = [(old, new)]
    if old in (LISTED, FIRST):
        changes.insert(0, (ARRIVALS, f"{ARRIVALS}\n      - {old}"))
    if rule == "join-key-of-two-types":
        changes += [
            ("entities:\n", "entities:\n  - {name: flight, keys: {flight_number: int}}\n"),
            ("arrived_at: timestamp}", "arrived_at: timestamp, flight_number: int}"),
            ("feature_services:", f"{FLOWN}\nfeature_services:"),
            (f"      - {ROLES}", f"      - {ROLES}\n      - 'flight_delay:*'"),
        ]  # fmt: skip
    with pytest.raises(DefinitionError) as refused:
        flights(tmp_path, *changes)
    problems = refused.value.problems
    assert {problem.rule for problem in problems} - FOLLOWING.get(rule, set()) == {rule}, problems
    assert all(problem.location is not None and problem.severity == "error" for problem in problems)
    assert any(suggestion in problem.suggestion for problem in problems), problems


def test_a_source_without_timestamp_joins_no_dimension_that_has_one(tmp_path: Path) -> None:
    view = "  - {name: v, entity: carrier, source: fleet, join: {source: planes, on: carrier}, features: [%s]}\n"
    sources = "".join(
        f"  - {{name: {name}, path: data/{name}.csv, {timestamp}{PLANES}}}\n"
        for name, timestamp in (("planes", "timestamp: since, "), ("fleet", ""))
    )
    with pytest.raises(DefinitionError) as refused:
        flights(tmp_path, ("feature_views:\n", f"{sources}feature_views:\n{view % '{name: n, agg: count}'}"))
    (problem,) = (problem for problem in refused.value.problems if problem.severity == "error")
    assert problem.rule == "join-without-meaning"
    assert "have none" in problem.message


def test_a_view_over_what_is_no_union_is_complained_of_once(tmp_path: Path) -> None:
    nested = united(f"{BOTH}}}\n  - {{name: more, union: [flights, all_flights]")
    with pytest.raises(DefinitionError) as refused:
        flights(tmp_path, nested, ("    source: flights\n    keys:", "    source: more\n    keys:"))
    assert [problem.rule for problem in refused.value.problems] == ["union-of-unions"]


def test_a_join_and_a_union_may_be_written_in_every_way(tmp_path: Path) -> None:
    ways = (
        "{source: planes, on: carrier}",
        "{source: planes, on: [carrier]}",
        "[{source: planes, on: {carrier: carrier}}]",
    )
    views = [
        flights(tmp_path / str(number), joined(f"join: {way}")).repository.feature_views["seats"]
        for number, way in enumerate(ways)
    ]
    assert views[0] == views[1] == views[2]
    assert [(join.name, join.source, dict(join.on)) for join in views[0].join] == [
        ("planes", "planes", {"carrier": "carrier"})
    ]
    named = flights(tmp_path / "named", joined("join: {source: planes, on: carrier, name: fleet}", of="fleet.seats"))
    assert named.repository.feature_views["seats"].join[0].name == "fleet"
    united_only = flights(tmp_path / "union", united(BOTH))
    assert united_only.repository.sources["all_flights"].union == ("flights", "late_flights")


@pytest.mark.parametrize(
    ("join", "of", "text"),
    [
        ("join: {source: plane, on: carrier}", "planes.seats", "plane, on"),
        ("join: [{source: plane, on: carrier}]", "planes.seats", "plane, on"),
        ("join: {source: planes, on: carier}", "planes.seats", "carier}"),
        ("join: {source: planes, on: {carrier: seats}}", "planes.seats", "seats}}"),
        ("join: {source: planes, on: carrier}", "1 + planes.seat", "planes.seat}"),
    ],
)
def test_what_is_wrong_with_a_join_is_pointed_at(tmp_path: Path, join: str, of: str, text: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        flights(tmp_path, joined(join, of=of))
    (problem,) = refused.value.problems
    assert problem.location is not None
    line = problem.location.file.read_text().splitlines()[problem.location.line - 1]
    assert line[problem.location.column - 1 :].startswith(text)


def test_a_source_without_timestamp_is_a_warning_about_leaks(tmp_path: Path) -> None:
    source = "sources:\n  - {name: planes, path: data/planes.csv, columns: {carrier: string, seats: int}}\n"
    view = "  - {name: plane, entity: carrier, source: planes, features: [{name: seats, agg: last, of: seats}]}\n"
    loaded = flights(tmp_path, ("sources:\n", source), ("feature_views:\n", "feature_views:\n" + view))
    (warning,) = loaded.warnings
    assert warning.rule == "source-without-timestamp"
    assert warning.severity == "warning"
    assert "leak" in warning.message
    assert warning.location is not None


def test_windows_of_an_exact_view_are_a_warning_that_look_ups_do_not_have_them(tmp_path: Path) -> None:
    loaded = flights(tmp_path, ("every: 1d\n    delay: 1h", "every: exact"))
    assert {warning.rule for warning in loaded.warnings} == {"exact-window-offline-only"}
    assert all("offline only" in warning.message and warning.location for warning in loaded.warnings)


def test_what_is_said_of_blocked_data_has_no_effect_where_nothing_blocks(tmp_path: Path) -> None:
    old, new = expecting("{check: not_null, column: origin}")
    loaded = flights(
        tmp_path / "warned", (old, f"{new}\n    on_block: publish_flagged"), ("delay: 1h", "on_block: hold")
    )
    assert [warning.rule for warning in loaded.warnings] == ["on-block-without-effect"] * 2
    assert all(warning.location is not None for warning in loaded.warnings)
    blocking = (ARRIVALS, ARRIVALS[:-1] + ", expect: [{check: not_null, severity: block}]}")
    assert flights(tmp_path / "quiet", blocking, ("delay: 1h", "on_block: publish_flagged")).warnings == ()


def test_a_service_level_below_the_hop_is_a_warning_that_it_cannot_hold(tmp_path: Path) -> None:
    loaded = flights(tmp_path / "warned", ("delay: 1h", "delay: 1h\n    sla: {fresh_within: 24h}"))
    (warning,) = loaded.warnings
    assert warning.rule == "service-level-below-the-hop"
    assert warning.message == "24h cannot hold: with every: 1d and delay: 1h values get older"
    assert flights(tmp_path / "held", ("delay: 1h", "delay: 1h\n    sla: {fresh_within: 25h}")).warnings == ()


def test_a_union_expects_something_of_its_members_columns(tmp_path: Path) -> None:
    checks = "{check: not_null, column: origin, severity: block}, {check: freshness, within: 2d}"
    loaded = flights(tmp_path, united(f"{BOTH}, on_block: publish_flagged, expect: [{checks}]"))
    assert loaded.warnings == ()
    resolved = resolve_source("all_flights", loaded.repository.sources)
    assert [each.check for each in resolved.expect] == ["not_null", "freshness"]
    assert resolved.on_block == "publish_flagged"


def test_what_makes_sense_of_each_type_is_allowed(tmp_path: Path) -> None:
    loaded = flights(
        tmp_path,
        expecting(
            "{check: range, column: arr_delay, min: -120, max: 2000.5, at_least: 0.999}",
            "{check: range, column: arr_delay, max: 5000, severity: block}",
            "{check: range, column: arrived_at, min: 2013-01-01, max: 2013-12-31T23:59:59Z}",
            "{check: range, column: origin, min: A, max: Z}",
            "{check: in_set, column: cancelled, values: [true], at_least: 0.01}",
            "{check: in_set, column: origin, values: [EWR, JFK, LGA]}",
            "{check: matches, column: carrier, pattern: '[A-Z0-9]{2}'}",
            "{check: unique, columns: carrier}",
            "{check: relation, that: 'not cancelled or arr_delay is null'}",
            "{check: stable, column: arrived_at}",
            "{check: great_expectations, expectation: expect_table_column_count_to_equal, arguments: {value: 5}}",
        ),
        (ARRIVALS, f"{ARRIVALS}\n      - {LISTED}"),
        expecting_of(LISTED, "{check: not_null, at_least: 0.5}"),
        expecting_of(ARRIVALS, "{check: range, min: 0}", "{check: stable, severity: block}"),
    )
    assert loaded.warnings == ()
    assert len(loaded.repository.sources["flights"].expect) == 11


def test_last_with_every_exact_and_absolute_paths_are_allowed(tmp_path: Path) -> None:
    flights(
        tmp_path,
        ("keys: {airport: origin}", "keys: {airport: origin}\n    every: exact"),
        ("data/flights.parquet", "/srv/flights/*.parquet"),
    )


def test_every_rule_says_what_it_wants_and_is_broken_by_some_test() -> None:
    names = {rule_name(rule) for rule in RULES}
    warned = {
        "source-without-timestamp",
        "exact-window-offline-only",
        "on-block-without-effect",
        "service-level-below-the-hop",
    }
    of_great_expectations = {"unknown-great-expectation", "arguments-of-another-expectation"}
    assert {rule for rule, *_ in BROKEN} | warned | of_great_expectations == names
    assert all(rule.__doc__ and rule.__doc__.strip().endswith(".") for rule in RULES)
