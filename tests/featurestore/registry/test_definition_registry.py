"""Definitions: a version per computation, a body per wording, and nothing for saying the same twice."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from definitions.errors import RequestError
from definitions.expectation import InSet
from definitions.model import Entity, FeatureView, Repository, Source
from featurestore.registry.definitions import ApplyRecord
from featurestore.registry.registry import Registry

Changes = list[tuple[str, int, str]]


def repository(**changes: Any) -> Repository:
    view: dict[str, Any] = {
        "name": "punctuality",
        "entity": "route",
        "source": "flights",
        "every": "1d",
        "delay": "1h",
        "features": [{"name": "delay", "agg": "mean", "of": "arr_delay > 15", "windows": ["7d", "28d"], "ttl": "2w"}],
        "lifecycle": {"state": "deprecated", "until": "2026-01-01"},
        "tests": [{"name": "one", "rows": [{"origin": "EWR"}], "at": "2013-01-01T00:00:00Z", "expect": [{"n": 1}]}],
    }
    return Repository.model_validate(
        {
            # Neither in the alphabet's order nor in any other: the order of keys is the author's.
            "entities": {"route": {"name": "route", "keys": {"origin": "string", "dest": "string", "carrier": "int"}}},
            "sources": {
                "flights": {
                    "name": "flights",
                    "path": "data/*.parquet",
                    "columns": {"origin": "string", "arr_delay": {"type": "decimal(12,2)", "pii": ["email"]}},
                }
            },
            "feature_views": {"punctuality": view | changes},
            "feature_services": {"late": {"name": "late", "features": ["punctuality:*", "punctuality@2:delay_7d"]}},
        }
    )


FINGERPRINTS = {
    ("entity", "route"): "e1",
    ("source", "flights"): "s1",
    ("feature_view", "punctuality"): "v1",
    ("feature_service", "late"): "l1",
}
VIEW = ("feature_view", "punctuality")


def changes(record: ApplyRecord) -> Changes:
    return [(change.name, change.version, change.what) for change in record.changes]


def test_what_is_applied_is_read_back_in_its_order(registry: Registry) -> None:
    applied = repository()
    assert registry.definitions.current() == Repository()
    record = registry.definitions.apply(applied, FINGERPRINTS, "ann", 1)
    assert sorted(changes(record)) == [(name, 1, "created") for name in ("flights", "late", "punctuality", "route")]
    assert registry.definitions.current() == applied
    entity = registry.definitions.version("entity", "route")
    assert isinstance(entity, Entity) and list(entity.keys) == ["origin", "dest", "carrier"]


EXPECTED: list[dict[str, Any]] = [
    {"check": "not_null", "column": "origin", "severity": "block", "at_least": 0.99},
    {"check": "range", "column": "arr_delay", "min": 1, "max": 9.0},
    {"check": "range", "column": "known_at", "min": date(2013, 1, 1)},
    {"check": "in_set", "column": "origin", "values": ["EWR", 1, 1.5, 2.0, True, "5"]},
    {"check": "matches", "column": "origin", "pattern": "[A-Z]{3}"},
    {"check": "stable", "column": "origin"},
    {"check": "unique", "columns": "origin"},
    {"check": "relation", "that": "arr_delay > 0", "at_least": 0.5},
    {"check": "freshness", "within": "6h"},
    {"check": "volume", "within": 0.25, "weeks": 8},
    {"check": "great_expectations", "expectation": "expect_x", "arguments": {"by": date(2013, 1, 1), "of": [1, None]}},
]


def test_what_is_expected_and_promised_is_read_back_as_it_was(registry: Registry) -> None:
    feature = {"name": "delays", "agg": "count", "expect": [{"check": "range", "min": 0}, {"check": "stable"}]}
    plain = repository(sla={"fresh_within": "6h"}, on_block="publish_flagged", features=[feature])
    source = plain.sources["flights"].model_dump() | {"expect": EXPECTED, "on_block": "publish_flagged"}
    applied = plain.model_copy(update={"sources": {"flights": Source.model_validate(source)}})
    registry.definitions.apply(applied, FINGERPRINTS, "ann", 1)
    current = registry.definitions.current()
    assert current == applied
    found = current.sources["flights"].expect
    assert [type(each) for each in found] == [type(each) for each in applied.sources["flights"].expect]
    assert len({type(each) for each in found}) == 10
    values = next(each.values for each in found if isinstance(each, InSet))
    assert [type(value) for value in values] == [str, int, float, float, bool, str]
    assert str(current.feature_views["punctuality"].sla) == str(applied.feature_views["punctuality"].sla)
    assert registry.definitions.apply(applied, FINGERPRINTS, "ann", 2).changes == ()


def test_the_same_twice_is_no_new_record(registry: Registry) -> None:
    first = registry.definitions.apply(repository(), FINGERPRINTS, "ann", 1)
    again = registry.definitions.apply(repository(), FINGERPRINTS, "bob", 2)
    assert again.changes == () and again.revision == first.revision == registry.definitions.revision() == 1
    assert registry.definitions.applied() == (first,)


def test_another_computation_is_the_next_version_also_when_it_was_there_before(registry: Registry) -> None:
    definitions = registry.definitions
    for now, (fingerprint, hop) in enumerate([("v1", "1d"), ("v2", "1h"), ("v1", "1d")], start=1):
        record = definitions.apply(repository(every=hop), FINGERPRINTS | {VIEW: fingerprint}, "ann", now)
        assert ("punctuality", now, "created") in changes(record)
        assert definitions.revision() == now
    assert [(one.version, one.fingerprint) for one in definitions.versions(*VIEW)] == [(1, "v1"), (2, "v2"), (3, "v1")]
    second = definitions.version(*VIEW, 2)
    assert isinstance(second, FeatureView) and str(second.every) == "1h"
    assert definitions.version(*VIEW) == repository().feature_views["punctuality"]
    assert definitions.fingerprints() == FINGERPRINTS


def test_other_words_are_a_new_body_of_the_same_version(registry: Registry) -> None:
    registry.definitions.apply(repository(), FINGERPRINTS, "ann", 1)
    record = registry.definitions.apply(repository(description="How late."), FINGERPRINTS, "bob", 2)
    assert changes(record) == [("punctuality", 1, "metadata")]
    assert registry.definitions.current().feature_views["punctuality"].description == "How late."
    assert len(registry.definitions.versions(*VIEW)) == 1
    assert registry.definitions.revision() == 2


def test_what_left_the_repository_is_retired_and_may_come_back(registry: Registry) -> None:
    definitions = registry.definitions
    definitions.apply(repository(), FINGERPRINTS, "ann", 1)
    smaller = repository().model_copy(update={"feature_services": {}})
    assert changes(definitions.apply(smaller, FINGERPRINTS, "ann", 1_000_000)) == [("late", 1, "retired")]
    assert definitions.apply(smaller, FINGERPRINTS, "ann", 3).changes == ()
    assert definitions.current() == smaller
    with pytest.raises(RequestError, match=r"retired at 1970-01-01T00:00:01Z; late@1 still names"):
        definitions.version("feature_service", "late")
    assert definitions.version("feature_service", "late", 1) == repository().feature_services["late"]
    assert changes(definitions.apply(repository(), FINGERPRINTS, "ann", 4)) == [("late", 1, "restored")]
    assert definitions.current() == repository()
    assert [one.retired_at for one in definitions.versions("feature_service", "late")] == [None]


def test_every_instant_has_the_definitions_that_were_applied_then(registry: Registry) -> None:
    smaller = repository().model_copy(update={"feature_services": {}})
    history = [
        (repository(), FINGERPRINTS),
        (repository(description="How late."), FINGERPRINTS),
        (repository(every="1h"), FINGERPRINTS | {VIEW: "v2"}),
        (smaller, FINGERPRINTS),
        (repository(), FINGERPRINTS),
    ]
    for step, (applied, fingerprints) in enumerate(history, start=1):
        registry.definitions.apply(applied, fingerprints, "ann", step * 10)
    assert registry.definitions.at(9) == Repository()
    for step, (applied, _) in enumerate(history, start=1):
        assert registry.definitions.at(step * 10) == registry.definitions.at(step * 10 + 9) == applied


def test_what_does_not_exist_is_named_with_what_does(registry: Registry) -> None:
    registry.definitions.apply(repository(), FINGERPRINTS, "ann", 1)
    with pytest.raises(RequestError, match="no feature_view 'punctualty'; did you mean 'punctuality'"):
        registry.definitions.version("feature_view", "punctualty")
    with pytest.raises(RequestError, match="has no version 7; its newest is 1"):
        registry.definitions.version(*VIEW, 7)
    with pytest.raises(RequestError, match="no kind 'view'; there are entity, source"):
        registry.definitions.version("view", "punctuality")
    assert registry.definitions.versions("feature_view", "nothing") == ()


def test_a_definition_without_a_fingerprint_leaves_everything_as_it_was(registry: Registry) -> None:
    with pytest.raises(RequestError, match="no fingerprint for feature_view punctuality"):
        registry.definitions.apply(
            repository(), {key: value for key, value in FINGERPRINTS.items() if key != VIEW}, "ann", 1
        )
    assert registry.definitions.current() == Repository() and registry.definitions.revision() == 0
