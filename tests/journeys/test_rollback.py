"""Readers go back to an earlier generation in one step, and stay there whatever is applied and published."""

from __future__ import annotations

import shutil
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from definitions.errors import RequestError
from featurestore import FeatureStore
from tests.journeys.processes import start
from tests.journeys.shop import ONE_VIEW, TWO_VIEWS, Shop, bits, frames, online, order
from tests.journeys.switching import VIEW, roll_back_and_die, switch_back_and_forth

NOW = "2024-04-02T05:00:00"
LATER = "2024-04-05T05:00:00"
CUSTOMERS = ["ann", "bob", "eve", "nobody"]
WRONG = ("{name: spent, agg: sum, of: amount,", "{name: spent, agg: sum, of: amount * 2,")
"""The change that turns out to be a mistake."""
SERVICE = '\nfeature_services:\n  - {name: next_order, features: ["customer_daily:*"]}\n'
PIECES = (
    "      - {name: largest",
    "      - {name: pieces, agg: sum, of: pieces, windows: [60d]}\n      - {name: largest",
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Two generations of one view; the second computes something else."""
    shop = Shop(tmp_path, ONE_VIEW)
    for month in (1, 2, 3):
        rows = [order(f"2024-0{month}-{day:02}", name, day / 10) for day in (3, 15, 27) for name in ("ann", "bob")]
        shop.land(f"month_{month}", [*rows, order(f"2024-0{month}-09", "eve", month)])
    shop.applied(NOW).materialize()
    shop.change(WRONG)
    shop.applied(NOW).materialize()
    return shop


def roll_back(shop: Shop, generation: int | str, now: str = NOW, **given: Any) -> Any:
    (report,) = shop.store(now).publish(views=[VIEW], generation=generation, **given)  # type: ignore[arg-type]
    return report


def spent(shop: Shop, now: str = NOW) -> list[float | None]:
    return [row["spent_60d"] for row in online(shop.store(now), VIEW, CUSTOMERS)]


def states(store: FeatureStore) -> list[str]:
    return [item.state for item in store.get_generations(VIEW)]


def assert_online_is_version(shop: Shop, version: int, now: str) -> None:
    """Online answers what training on that version of the view is told."""
    store = shop.store(now)
    trained = frames(store, [f"{VIEW}@{version}"], CUSTOMERS, [now])
    rows = [{name: trained[name][position] for name in trained} for position in range(len(CUSTOMERS))]
    assert bits(online(store, VIEW, CUSTOMERS)) == bits(rows)


def test_readers_go_back_in_one_step_and_the_wrong_generation_stays_to_be_looked_at(shop: Shop) -> None:
    wrong = spent(shop)
    report = roll_back(shop, 1, reason="twice the money")
    assert (report.generation, report.rows) == (1, 0)
    assert spent(shop) == [None if value is None else value / 2 for value in wrong]
    assert_online_is_version(shop, 1, NOW)
    first, second = shop.store(NOW).get_generations(VIEW)
    assert (first.number, first.state, first.version, first.rows) == (1, "current", 1, 3)
    assert (second.number, second.state, second.version, second.rows) == (2, "previous", 2, 3)
    assert first.hold is not None and first.hold.reason == "twice the money" and second.hold is None


def test_a_lookup_that_is_open_follows_within_its_poll(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("featurestore.revision_poll.POLL_SECONDS", 0.0)
    store = shop.store(NOW)
    wrong = online(store, VIEW, ["ann"])[0]["spent_60d"]
    roll_back(shop, 1)
    assert online(store, VIEW, ["ann"])[0]["spent_60d"] == wrong / 2


def test_while_a_hold_is_on_runs_bring_the_held_generation_forward(shop: Shop) -> None:
    roll_back(shop, 1, reason="twice the money")
    shop.land("april", [order("2024-04-03", "eve", 50.0), order("2024-02-20", "bob", 7.0)])
    report = shop.store(LATER).materialize()
    (published,) = report.published
    assert (published.generation, published.rows) == (1, 3)
    assert published.hold is not None and published.hold.reason == "twice the money"
    assert_online_is_version(shop, 1, LATER)
    (fresh,) = shop.store(LATER).get_online_features([f"{VIEW}:*"], []).freshness
    assert (fresh.generation, fresh.late) == (1, False)
    again = shop.store(LATER).materialize()
    assert again.did_nothing and again.published[0].hold is not None
    assert states(shop.store(LATER)) == ["current", "previous"]


def test_a_full_run_keeps_the_tiles_that_a_held_generation_needs(shop: Shop) -> None:
    shop.change(("      - {name: largest, agg: max, of: amount, windows: [7d]}\n", ""))
    shop.applied(NOW).materialize()
    roll_back(shop, 2)
    (report,) = shop.store(LATER).materialize(full=True).published
    assert report.rows > 0
    assert_online_is_version(shop, 2, LATER)


def test_a_release_lets_readers_go_on_to_what_is_applied(shop: Shop) -> None:
    roll_back(shop, 1)
    shop.land("april", [order("2024-04-03", "eve", 50.0)])
    shop.store(LATER).materialize()
    report = roll_back(shop, "latest", LATER)
    assert (report.generation, report.hold) == (2, None)
    assert_online_is_version(shop, 2, LATER)
    assert states(shop.store(LATER)) == ["previous", "current"]
    assert roll_back(shop, "latest", LATER).boundary is None


def test_a_correction_that_is_applied_meanwhile_waits_for_the_release(shop: Shop) -> None:
    roll_back(shop, 1)
    shop.change((WRONG[1], "{name: spent, agg: sum, of: amount * 3,"))
    shop.applied(LATER).materialize()
    assert_online_is_version(shop, 1, LATER)
    assert roll_back(shop, "latest", LATER).generation == 3
    assert_online_is_version(shop, 3, LATER)


def test_a_computation_that_comes_back_goes_on_with_its_generation(shop: Shop) -> None:
    shop.change((WRONG[1], WRONG[0]))
    (published,) = shop.applied(LATER).materialize().published
    assert published.generation == 1
    assert_online_is_version(shop, 1, LATER)


def test_the_same_rollback_twice_does_nothing_the_second_time(shop: Shop) -> None:
    roll_back(shop, 1, reason="twice the money")
    assert roll_back(shop, 1, LATER, reason="twice the money").boundary is None
    roll_back(shop, 1, LATER, reason="see ticket 7")
    found = shop.store(NOW)._context.registry.holds.history(VIEW)
    assert [(hold.reason, hold.released_at is None) for hold in found] == [
        ("twice the money", False),
        ("see ticket 7", True),
    ]


def test_a_hold_on_one_view_leaves_the_others_alone(tmp_path: Path) -> None:
    shop = Shop(tmp_path, TWO_VIEWS)
    shop.land("march", [order("2024-03-20", "ann", 4.0)])
    shop.applied(NOW).materialize()
    shop.change(WRONG, ("{name: last_amount", "{name: last_note, agg: last, of: note}\n      - {name: last_amount"))
    shop.applied(NOW).materialize()
    first = shop.store(NOW).get_generations(VIEW)[0].number
    roll_back(shop, first)
    latest = online(shop.store(NOW), "customer_latest", ["ann"])
    assert latest == [{"last_note": None, "last_amount": 4.0}]


def test_a_generation_whose_rows_are_gone_from_the_source_is_served_as_it_is(shop: Shop) -> None:
    former = shop.folder / "data" / "orders"
    shutil.copytree(former, shop.folder / "data" / "elsewhere")
    shop.change(("data/orders/", "data/elsewhere/"))
    shop.applied(NOW).materialize()
    roll_back(shop, 2)
    shutil.rmtree(former)
    before = spent(shop)
    report = shop.store(LATER).materialize()
    (published,) = report.published
    assert published.boundary is None and published.hold is not None
    assert "cannot be computed any more" in published.reason and "no file matches" in published.reason
    assert spent(shop) == before
    assert roll_back(shop, "latest", LATER).generation == 3


def test_a_generation_of_another_source_is_brought_forward_from_its_own(shop: Shop) -> None:
    shutil.copytree(shop.folder / "data" / "orders", shop.folder / "data" / "elsewhere")
    shop.change(("data/orders/", "data/elsewhere/"))
    shop.applied(NOW).materialize()
    roll_back(shop, 2)
    shop.land("april", [order("2024-04-03", "eve", 50.0)])
    shop.store(LATER).materialize()
    assert spent(shop, LATER)[2] == (50.0 + 2.0 + 3.0) * 2
    roll_back(shop, "latest", LATER)
    assert spent(shop, LATER)[2] == (2.0 + 3.0) * 2


def test_a_service_answers_the_columns_of_the_held_generation(shop: Shop) -> None:
    shop.declare(ONE_VIEW + SERVICE)
    shop.applied(NOW).materialize()
    before = shop.store(NOW).get_online_features("next_order", [{"customer": "ann"}]).to_dict()
    shop.change(PIECES)
    shop.applied(NOW).materialize()
    assert "pieces_60d" in shop.store(NOW).get_online_features("next_order", [{"customer": "ann"}]).to_dict()
    roll_back(shop, 1)
    assert shop.store(NOW).get_online_features("next_order", [{"customer": "ann"}]).to_dict() == before
    shop.applied(NOW)
    assert shop.store(NOW).get_online_features("next_order", [{"customer": "ann"}]).to_dict() == before
    roll_back(shop, "latest")
    assert "pieces_60d" in shop.store(NOW).get_online_features("next_order", [{"customer": "ann"}]).to_dict()


def test_a_service_that_names_a_column_of_the_wrong_generation_goes_back_to_its_version_before(shop: Shop) -> None:
    named = SERVICE.replace("customer_daily:*", "customer_daily:spent_60d")
    shop.declare(ONE_VIEW + named)
    shop.applied(NOW).materialize()
    shop.change(PIECES, ('"customer_daily:spent_60d"', '"customer_daily:spent_60d", "customer_daily:pieces_60d"'))
    shop.applied(NOW).materialize()
    roll_back(shop, 1)
    answered = shop.store(NOW).get_online_features("next_order", [{"customer": "eve"}]).to_dict()
    assert answered == {"customer": ["eve"], "spent_60d": [5.0]}


def test_a_rollback_says_which_service_it_leaves_without_a_column(shop: Shop) -> None:
    shop.declare(ONE_VIEW + SERVICE.replace("customer_daily:*", "customer_daily:pieces_60d"))
    shop.change(PIECES)
    shop.applied(NOW).materialize()
    report = roll_back(shop, 1)
    assert "next_order asks for customer_daily:pieces_60d, which it does not have" in report.reason
    with pytest.raises(RequestError, match="has no column 'pieces_60d' online"):
        shop.store(NOW).get_online_features("next_order", [{"customer": "ann"}])


def test_vacuum_keeps_what_is_held_and_what_was_served_last(shop: Shop) -> None:
    shop.change((WRONG[1], "{name: spent, agg: sum, of: amount * 3,"))
    shop.applied(LATER).materialize()
    roll_back(shop, 1, "2024-04-06")
    assert shop.store("2024-04-20").vacuum().generations == 1
    assert states(shop.store(NOW)) == ["current", "dropped", "previous"]
    assert [item.rows for item in shop.store(NOW).get_generations(VIEW)] == [3, None, 3]
    shop.store("2024-04-20T05:00:00").materialize()
    assert_online_is_version(shop, 1, "2024-04-20T05:00:00")


@pytest.mark.parametrize(
    ("generation", "expected"),
    [
        (9, "customer_daily has no generation 9; it has 1, 2$"),
        (3, "generation 3 is of customer_latest, not of customer_daily; it has 1, 2$"),
        (4, "generation 4 of customer_daily has no finished publish to serve; it has 1, 2$"),
    ],
)
def test_a_generation_that_cannot_be_served_is_refused_and_nothing_changes(
    shop: Shop, generation: int, expected: str
) -> None:
    generations = shop.store(NOW)._context.registry.generations
    generations.open("customer_latest", "f", [], 0)
    generations.open(VIEW, "f", [], 0)
    before = spent(shop)
    with pytest.raises(RequestError, match=expected):
        roll_back(shop, generation)
    assert spent(shop) == before
    assert shop.store(NOW)._context.registry.holds.on() == {}


def test_a_generation_that_vacuum_dropped_is_refused(shop: Shop) -> None:
    shop.change((WRONG[1], "{name: spent, agg: sum, of: amount * 3,"))
    shop.applied(LATER).materialize()
    shop.store(LATER).vacuum()
    with pytest.raises(RequestError, match="generation 1 of customer_daily was dropped; it has 2, 3"):
        roll_back(shop, 1, LATER)


def test_a_rollback_is_of_one_view_that_there_is(shop: Shop) -> None:
    with pytest.raises(RequestError, match="name the one"):
        shop.store(NOW).publish(generation=1)
    with pytest.raises(RequestError, match="did you mean 'customer_daily'"):
        shop.store(NOW).publish(views=["customer_dayly"], generation=1)
    with pytest.raises(RequestError, match="was never published"):
        shop.store(NOW).get_generations("customer_dayly")


def test_a_generation_from_before_records_were_kept_is_read_by_its_definition(shop: Shop) -> None:
    with shop.store(NOW)._context.registry.engine.begin() as connection:
        connection.execute(text("UPDATE generations SET record = NULL"))
    roll_back(shop, 1)
    assert_online_is_version(shop, 1, NOW)


@pytest.mark.parametrize("place", ["write", "finish_publish", "promote"])
def test_a_rollback_waits_for_no_publisher_and_is_not_undone_by_one(shop: Shop, place: str) -> None:
    shop.land("april", [order("2024-04-03", "eve", 50.0)])
    store = shop.store(LATER)
    target: Any = store._online if place == "write" else store._context.registry.generations
    action, reached, wake = getattr(target, place), threading.Event(), threading.Event()

    def paused(*given: Any) -> Any:
        reached.set()
        assert wake.wait(60)
        return action(*given)

    setattr(target, place, paused)
    reports: list[Any] = []
    publisher = threading.Thread(target=lambda: reports.extend(store.materialize().published))
    publisher.start()
    assert reached.wait(60)
    roll_back(shop, 1, LATER)
    wake.set()
    publisher.join(60)
    assert "readers were put on another generation meanwhile" in reports[0].reason
    assert reports[0].hold is not None
    assert states(shop.store(LATER)) == ["current", "previous"]
    shop.store(LATER).materialize()
    assert_online_is_version(shop, 1, LATER)


@pytest.mark.parametrize(
    ("when", "is_new"), [("switch", False), ("store_record", False), ("_release", False), ("put", True)]
)
def test_a_rollback_that_is_killed_leaves_the_old_or_the_new(shop: Shop, when: str, is_new: bool) -> None:
    shop.store(NOW).materialize()
    wrong = spent(shop)
    right = [None if value is None else value / 2 for value in wrong]
    run = start(roll_back_and_die, shop, NOW, when)
    run.process.join(60)
    assert run.process.exitcode == -signal.SIGKILL
    assert spent(shop) == (right if is_new else wrong)
    assert states(shop.store(NOW)) == (["current", "previous"] if is_new else ["previous", "current"])
    assert (VIEW in shop.store(NOW)._context.registry.holds.on()) == is_new
    roll_back(shop, 1)
    assert spent(shop) == right
    assert_online_is_version(shop, 1, NOW)


def test_a_look_up_is_of_one_generation_while_readers_are_switched(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("featurestore.revision_poll.POLL_SECONDS", 0.0)
    store = shop.store(NOW)
    wrong = spent(shop)
    sides = {1: [None if value is None else value / 2 for value in wrong], 2: wrong}
    flipping = start(switch_back_and_forth, shop, NOW, 40)
    seen = set()
    while flipping.process.is_alive():
        answered = store.get_online_features([f"{VIEW}:*"], [{"customer": name} for name in CUSTOMERS])
        (fresh,) = answered.freshness
        assert answered.to_dict()["spent_60d"] == sides[fresh.generation]
        seen.add(fresh.generation)
    flipping.result()
    assert seen == {1, 2}
