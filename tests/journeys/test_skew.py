"""Look-ups that were kept are computed again: what online served is what training gives, and where not, it is told."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as replace_field

from definitions.online_row import OnlineRow
from featurestore import FeatureStore
from featurestore.clock import parse_instant
from featurestore.config import SkewConfiguration
from featurestore.finding_words import finding_words
from featurestore.online.codec import decode_value, encode_key, encode_value
from featurestore.registry.findings import OPEN, SETTLED
from featurestore.skew import review_skew
from featurestore.skew_report import SKEW, ColumnDifference, SkewReport, ViewSkew
from tests.featurestore.backups import empty_machine
from tests.journeys.shop import DEFINITIONS, ONE_VIEW, Shop, online, order, random_orders

VIEW = "customer_daily"
FIRST, NEXT, LATER = "2024-04-02T02:00:00", "2024-04-03T02:00:00", "2024-04-04T02:00:00"
ORDERS = (
    order("2024-03-20", "ann", 2.5, note="gift"),
    order("2024-03-31", "ann", 5.0),
    order("2024-03-31", "bob", 0.1),
)
LATE = order("2024-03-31T12:00:00", "ann", 7.5)
GIFTS = """\
feature_services:
  - name: gifts
    features:
      - {view: customer_daily, features: ["spent_7d"], join_keys: {customer: giver}, prefix: giver_}
      - {view: customer_daily, features: ["spent_7d"], join_keys: {customer: taker}, prefix: taker_}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A view that is published once."""
    shop = Shop(tmp_path / "shop", ONE_VIEW + GIFTS)
    shop.land("orders", ORDERS)
    shop.applied(FIRST).materialize()
    return shop


def _store(shop: Shop, now: str = FIRST, share: float = 1.0) -> FeatureStore:
    """A store that keeps this share of its look-ups."""
    store = shop.store(now)
    store.configuration = replace(store.configuration, skew=SkewConfiguration(share))
    return store


def _look_up(shop: Shop, *names: str, now: str = FIRST, view: str = VIEW) -> None:
    """One look-up of each."""
    store = _store(shop, now)
    for name in names:
        online(store, view, [name])
    assert store.flush_usage()


def _review(shop: Shop, now: str = LATER, views: tuple[str, ...] = (VIEW,)) -> SkewReport:
    context = shop.store(now)._context
    return review_skew(context, context.applied(), views)


def _skew(shop: Shop, now: str = LATER, view: str = VIEW) -> ViewSkew:
    (found,) = _review(shop, now, (view,)).views
    return found


def _tamper(shop: Shop, name: str, change: Callable[[list[Any]], None]) -> None:
    """Let something that is no publish write an entity's row."""
    store = shop.store(FIRST)
    generation = store._context.registry.generations.current(VIEW)
    key = encode_key([name], ["string"])
    assert generation is not None and key is not None
    (row,) = store._online.read(generation.id, [key])
    assert row is not None
    schema, values = decode_value(row.value)
    change(values)
    store._online.write(generation.id, [OnlineRow(key, row.boundary, row.version, encode_value(schema, values))])


def _spend_more(values: list[Any]) -> None:
    values[4] = (values[4] or 0.0) + 12.5


def _findings(shop: Shop) -> list[tuple[str, str]]:
    return [(item.kind, item.state) for item in shop.store(LATER).findings(settled=True) if item.kind == SKEW]


def _kept(shop: Shop, view: str = VIEW) -> int:
    return len(shop.store(FIRST)._context.registry.kept_lookups.of(view))


def test_what_was_served_agrees_with_what_its_segments_give(shop: Shop) -> None:
    _look_up(shop, "ann", "bob", "nobody")
    report = _review(shop)
    (found,) = report.views
    assert (found.kept, found.recomputed, found.gone, found.differing) == (3, 3, 0, 0)
    assert (found.compared, found.late) == (3, ())
    assert found.first == found.last == parse_instant(FIRST)
    assert report.agrees and report.findings == () and _findings(shop) == []
    assert report.lines() == [
        "customer_daily: 3 look-ups recomputed, all were served what their segments give",
        "customer_daily: late data would change nothing in 3 look-ups",
    ]


def test_a_row_that_nobody_published_is_found_with_its_column(shop: Shop) -> None:
    _look_up(shop, "bob")
    _tamper(shop, "ann", _spend_more)
    _look_up(shop, "ann", "ann", now=NEXT)
    report = _review(shop)
    (found,) = report.views
    columns = [column.name for column in shop.store(FIRST)._context.applied().resolve([f"{VIEW}:*"])]
    assert (found.recomputed, found.differing) == (3, 2)
    assert found.defects == (ColumnDifference(columns[4], 2, 12.5, 12.5),)
    assert found.late == ()
    (finding,) = report.findings
    assert (finding.kind, finding.subject, finding.numbers["view"]) == (SKEW, VIEW, VIEW)
    assert finding.last_seen == parse_instant(NEXT)
    assert finding_words(finding) == (
        f"customer_daily: 2 of 3 look-ups were served other values than the same segments give: {columns[4]} in 2 "
        "(by up to 12.5); generation 1, segment version 1; this is a defect, no late data: what is online is not what "
        "was published"
    )
    assert not report.agrees
    assert report.lines()[0].startswith("customer_daily: 2 of 3 look-ups were served other values than the same")


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("orders_1d", lambda values: values.__setitem__(0, values[0] + 1)),
        ("orders_7d", lambda values: values.__setitem__(1, None)),
        ("largest_7d", lambda values: values.__setitem__(6, 5.0000001)),
        ("note", lambda values: values.__setitem__(7, [values[7][0], "rush"])),
        ("note", lambda values: values.__setitem__(7, [values[7][0] + 1, values[7][1]])),
        ("note", lambda values: values.pop()),
    ],
    ids=["a count by one", "no value", "the ninth digit", "a text", "the instant of a ttl", "a row that is too short"],
)
def test_whatever_is_not_the_same_is_a_difference(shop: Shop, column: str, change: Callable[[list[Any]], Any]) -> None:
    _tamper(shop, "ann", change)
    store = _store(shop)
    store.get_online_features([f"{VIEW}:spent_7d"], [{"customer": "ann"}])
    store.flush_usage()
    assert [item.column for item in _skew(shop).defects] == [column]


def test_a_difference_in_the_last_digits_of_a_double_is_none(shop: Shop) -> None:
    _tamper(shop, "ann", lambda values: values.__setitem__(6, values[6] * (1 + 1e-12)))
    _look_up(shop, "ann")
    assert _skew(shop).differing == 0


def test_a_finding_is_renewed_by_what_was_served_since_and_settles_once_no_look_up_differs(shop: Shop) -> None:
    _tamper(shop, "ann", _spend_more)
    _look_up(shop, "ann")
    assert len(_review(shop).findings) == 1
    assert _review(shop).findings == ()
    _look_up(shop, "ann", now=NEXT)
    assert len(_review(shop).findings) == 1
    assert _findings(shop) == [(SKEW, OPEN)]
    registry = shop.store(LATER)._context.registry
    registry.kept_lookups.drop_before(parse_instant(LATER))
    assert _skew(shop).kept == 0
    assert _findings(shop) == [(SKEW, OPEN)]  # nothing is known that would speak against it
    _look_up(shop, "bob", now=LATER)
    _review(shop)
    assert _findings(shop) == [(SKEW, SETTLED)]


def test_late_rows_change_nothing_of_then_and_show_in_what_is_now(shop: Shop) -> None:
    _look_up(shop, "ann", "ann", "bob", "nobody")
    shop.land("late", [LATE, order("2024-03-31", "nobody", 1.0)])
    shop.store(NEXT).materialize()
    report = _review(shop)
    (found,) = report.views
    assert (found.recomputed, found.gone, found.differing) == (4, 0, 0)
    by_column = {item.column: item for item in found.late}
    assert by_column["spent_7d"] == ColumnDifference("spent_7d", 3, 7.5, 7.5)  # from nothing there is no distance
    assert by_column["orders_7d"] == ColumnDifference("orders_7d", 3, 1.0, 1.0)
    assert by_column["largest_7d"].look_ups == 3
    assert by_column.keys().isdisjoint({"orders_1d", "note"})
    assert report.agrees and report.findings == () and _findings(shop) == []
    assert "spent_7d in 75.0% of 4 look-ups (by up to 7.5)" in report.lines()[1]
    # What is looked up from now on is of the new segments.
    _look_up(shop, "ann", "nobody", now=NEXT)
    found = _skew(shop)
    assert (found.recomputed, found.differing, found.compared) == (6, 0, 6)


def test_a_defect_is_no_late_data(shop: Shop) -> None:
    _tamper(shop, "ann", _spend_more)
    _look_up(shop, "ann")
    shop.land("late", [order("2024-03-25", "ann", 1.0)])
    shop.store(NEXT).materialize()
    found = _skew(shop)
    assert [item.largest for item in found.defects] == [12.5]
    assert {item.column: item.largest for item in found.late}["spent_60d"] == 1.0


def test_look_ups_of_vacuumed_segments_are_said_to_be_gone(shop: Shop) -> None:
    _look_up(shop, "ann", "bob")
    shop.land("late", [LATE])
    shop.store(NEXT).materialize()
    assert shop.store(NEXT).vacuum("0s").segments == 1
    report = _review(shop)
    (found,) = report.views
    assert (found.kept, found.recomputed, found.gone) == (2, 0, 2)
    assert report.agrees and report.lines()[0] == (
        "customer_daily: 2 look-ups cannot be recomputed any more, their tiles are gone"
    )
    # They can still be held against what is now.
    assert ColumnDifference("spent_7d", 1, 7.5, 7.5) in found.late
    _look_up(shop, "ann", now=NEXT)
    assert (_skew(shop).recomputed, _skew(shop).gone) == (1, 2)


def test_what_was_only_compacted_can_be_recomputed_after_a_vacuum(shop: Shop) -> None:
    for day in range(3, 20):
        shop.land(f"day_{day}", [order(f"2024-04-{day - 1:02}T12:00:00", "ann", float(day))])
        shop.store(f"2024-04-{day:02}T02:00:00").materialize()
        _look_up(shop, "ann", "bob", now=f"2024-04-{day:02}T02:00:00")
    assert shop.store("2024-04-20").vacuum("0s").segments > 0
    found = _skew(shop, "2024-04-20")
    assert (found.kept, found.recomputed, found.gone, found.differing, found.late) == (34, 34, 0, 0, ())


def test_look_ups_of_an_unknown_generation_are_gone(shop: Shop) -> None:
    _look_up(shop, "ann")
    (kept,) = shop.store(FIRST)._context.registry.kept_lookups.of(VIEW)
    shop.store(FIRST)._context.registry.kept_lookups.add([replace_field(kept, generation=99)])
    assert (_skew(shop).recomputed, _skew(shop).gone) == (1, 1)


def test_an_entity_that_should_have_had_a_row_is_a_defect(shop: Shop) -> None:
    store = shop.store(FIRST)
    generation = store._context.registry.generations.current(VIEW)
    assert generation is not None
    store._online.drop(generation.id)
    _look_up(shop, "ann", "nobody")
    found = _skew(shop)
    assert (found.recomputed, found.differing) == (2, 1)
    assert "orders_7d" in {item.column for item in found.defects}


def test_two_roles_of_a_view_are_kept_both(shop: Shop) -> None:
    store = _store(shop)
    store.get_online_features("gifts", [{"giver": "ann", "taker": "bob"}])
    store.flush_usage()
    assert {item.key for item in store._context.registry.kept_lookups.of(VIEW)} == {
        encode_key([name], ["string"]) for name in ("ann", "bob")
    }
    assert (_skew(shop).recomputed, _skew(shop).differing) == (2, 0)


def test_a_pinned_version_and_a_held_generation_are_recomputed_by_their_own_definitions(shop: Shop) -> None:
    shop.change(("of: amount, windows: [7d, 60d]", "of: amount * 2, windows: [7d, 60d]"))
    text = (shop.folder / "shop.yaml").read_text()
    shop.declare(text + "  - {name: former, features: ['customer_daily@1:spent_7d']}\n")
    shop.applied(FIRST).materialize()
    _look_up(shop, "ann")
    store = _store(shop)
    store.get_online_features("former", [{"customer": "ann"}])
    store.flush_usage()
    report = _review(shop, views=(VIEW, f"{VIEW}@1"))
    assert [(item.view, item.recomputed, item.differing) for item in report.views] == [
        (VIEW, 1, 0),
        (f"{VIEW}@1", 1, 0),
    ]
    shop.store(FIRST).publish(views=[VIEW], generation=1, reason="test")
    _look_up(shop, "ann")
    (kept_new, kept_held) = shop.store(FIRST)._context.registry.kept_lookups.of(VIEW)
    assert kept_new.generation != kept_held.generation == 1
    assert (_skew(shop).recomputed, _skew(shop).differing) == (2, 0)


def test_views_of_every_instant_and_of_other_types_agree(tmp_path: Path) -> None:
    shop = Shop(tmp_path, DEFINITIONS)
    shop.land("orders", random_orders(3, "2024-03-01", 30, 300, 8))
    shop.applied(FIRST).materialize()
    names = [f"c{number}" for number in range(8)]
    for view in ("customer_daily", "customer_hourly", "customer_latest"):
        _look_up(shop, *names, view=view)
    store = _store(shop)
    for product in range(50):
        online(store, "product_daily", [product])
    store.flush_usage()
    views = ("customer_daily", "customer_hourly", "customer_latest", "product_daily")
    assert [(item.recomputed, item.differing) for item in _review(shop, FIRST, views).views] == [
        (8, 0), (8, 0), (8, 0), (50, 0)
    ]  # fmt: skip


def test_erasing_an_entity_deletes_its_look_ups_and_what_others_still_held_in_memory(shop: Shop) -> None:
    _look_up(shop, "ann", "bob", "nobody")
    elsewhere = _store(shop)
    online(elsewhere, VIEW, ["ann"])
    report = shop.store(NEXT).erase({"customer": "ann"}, reason="test")
    assert report.lookups == 1
    assert elsewhere.flush_usage()
    keys = {item.key for item in shop.store(NEXT)._context.registry.kept_lookups.of(VIEW)}
    assert keys == {encode_key([name], ["string"]) for name in ("bob", "nobody")}
    # Who asks for the entity afterwards is served the value over no rows, which its tiles give.
    _look_up(shop, "ann", now=LATER)
    assert (_skew(shop).recomputed, _skew(shop).differing) == (3, 0)


def test_vacuum_deletes_look_ups_that_are_old(shop: Shop) -> None:
    _look_up(shop, "ann")
    shop.store("2024-05-01").vacuum()
    assert _kept(shop) == 1
    shop.store("2024-05-03").vacuum()
    assert _kept(shop) == 0


def test_no_backup_has_them(shop: Shop, tmp_path: Path) -> None:
    _look_up(shop, "ann")
    shop.store(FIRST).backup(tmp_path / "backup")
    assert not list((tmp_path / "backup").rglob("kept_lookups*"))
    restored = empty_machine(shop, tmp_path / "machine").store(FIRST)
    restored.restore(tmp_path / "backup")
    assert restored._context.registry.kept_lookups.views() == ()


def test_the_share_holds_and_is_of_look_ups_whoever_asks_for_what(shop: Shop) -> None:
    random.seed(7)
    store = _store(shop, share=0.1)
    for _ in range(1_500):
        store.get_online_features([f"{VIEW}:spent_7d"], [{"customer": "ann"}])
        store.get_online_features([f"{VIEW}:note"], [{"customer": name} for name in ("bob", "eve", "joe")])
    store.flush_usage()
    keys = [item.key for item in store._context.registry.kept_lookups.of(VIEW)]
    of_ann = keys.count(encode_key(["ann"], ["string"]) or b"")
    # 150 each, give or take six standard deviations.
    assert abs(of_ann - 150) < 70 and abs(len(keys) - of_ann - 150) < 70


def test_nothing_is_kept_where_the_share_is_none(shop: Shop) -> None:
    store = _store(shop, share=0.0)
    for _ in range(50):
        online(store, VIEW, ["ann"])
    store.flush_usage()
    report = _review(shop)
    assert _kept(shop) == 0
    assert report.lines() == ["customer_daily: no look-ups are kept"]


def test_of_personal_columns_no_difference_is_shown_and_of_nobody_a_key(shop: Shop) -> None:
    shop.change(("amount: double", "amount: {type: double, pii: [income]}"))
    shop.applied(FIRST)
    _tamper(shop, "ann", _spend_more)
    _look_up(shop, "ann")
    report = _review(shop)
    (found,) = report.views
    assert found.defects == (ColumnDifference("spent_60d", 1, None, None),)
    shown = json.dumps(report.document()) + "".join(report.lines()) + finding_words(report.findings[0])
    assert "ann" not in shown and "12.5" not in shown


def test_a_document_for_programs_says_the_same(shop: Shop) -> None:
    _tamper(shop, "ann", _spend_more)
    _look_up(shop, "ann", "bob")
    document = json.loads(json.dumps(_review(shop).document()))
    (view,) = document["views"]
    assert not document["agrees"]
    assert (view["view"], view["first"], view["recomputed"], view["differing"]) == (VIEW, "2024-04-02T02:00:00Z", 2, 1)
    assert view["defects"] == [
        {"column": "spent_60d", "look_ups": 1, "share": 0.5, "mean_difference": 12.5, "largest_difference": 12.5}
    ]
