"""Two who apply at once, or apply while somebody else relies on what they take away: one wins, the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from definitions.errors import ConflictError, RequestError
from featurestore import FeatureStore
from featurestore.clock import FixedClock
from tests.featurestore.reuse.company import NEW, WEEKS_LATER, write_company
from tests.journeys.shop import ONE_VIEW, Shop
from tests.postgresql import PostgresServer

NOW = "2024-04-02"
SERVICE = """\
feature_services:
  - {name: next_order, features: ["customer_daily:*"]}
"""
WITHOUT_VIEW = ONE_VIEW.partition("feature_views:")[0]
SPENT = "{name: spent, agg: sum, of: amount, windows: [7d, 60d]}"
VERSION_2 = ONE_VIEW.replace("    delay: 1h\n", "    delay: 1h\n    version: 2\n").replace(
    SPENT, SPENT.replace("of: amount", "of: amount * 2")
)
PINNED = VERSION_2 + SERVICE.replace("customer_daily:", "customer_daily@1:")


class HaltingClock(FixedClock):
    """Stands still, and at the question `number` lets whoever asks wait until it is woken up."""

    def __init__(self, number: int = 1) -> None:
        super().__init__(NOW)
        self.reached, self.woken = threading.Event(), threading.Event()
        self._left = number

    def now(self) -> int:
        self._left -= 1
        if self._left == 0:
            self.reached.set()
            assert self.woken.wait(60)
        return super().now()


@contextmanager
def halted(work: Callable[[HaltingClock], Any], number: int = 1) -> Iterator[Future[Any]]:
    """Work that has looked at everything and has written nothing before the block, and goes on after it."""
    clock = HaltingClock(number)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work, clock)
        try:
            assert clock.reached.wait(60)
            yield future
        finally:
            clock.woken.set()


@pytest.fixture(params=["sqlite", "postgresql"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a registry in which nothing was applied, on each kind of database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'registry.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create_registry_database()
    yield server.url(name)
    server.drop_database(name)


Author = Callable[[str, str], Shop]


@pytest.fixture
def author(registry: str, tmp_path: Path) -> Author:
    """Gives somebody's own folder with definitions; all of them share the registry."""

    def make(name: str, definitions: str) -> Shop:
        shop = Shop(tmp_path / name, definitions)
        file = shop.folder / "featurestore.yaml"
        file.write_text(f"{file.read_text()}registry: {registry}\n")
        return shop

    return make


def _apply(shop: Shop) -> Callable[[HaltingClock], Any]:
    return lambda clock: FeatureStore(shop.folder, clock=clock).apply()


def _names(shop: Shop) -> set[str]:
    """What is applied beside the entities of the shop."""
    standing = shop.store(NOW)._context.applied().repository
    return {*standing.entities, *standing.feature_views, *standing.feature_services} - {"customer", "product"}


def test_of_two_who_apply_at_once_the_second_is_told_to_look_again(author: Author) -> None:
    ann, ben = author("ann", ONE_VIEW + SERVICE), author("ben", WITHOUT_VIEW)
    author("before", ONE_VIEW).applied(NOW)
    with halted(_apply(ann)) as second:
        ben.applied(NOW)
    with pytest.raises(ConflictError, match="see `featurestore plan` and apply again; nothing was changed"):
        second.result()
    assert _names(ann) == set()
    ann.applied(NOW)
    assert _names(ann) == {"customer_daily", "next_order"}


def test_nor_does_removing_a_view_pass_a_service_that_was_put_on_it_meanwhile(author: Author) -> None:
    ann, ben = author("ann", ONE_VIEW + SERVICE), author("ben", WITHOUT_VIEW)
    author("before", ONE_VIEW).applied(NOW)
    with halted(_apply(ben)) as second:
        ann.applied(NOW)
    with pytest.raises(ConflictError):
        second.result()
    assert _names(ann) == {"customer_daily", "next_order"}


def test_the_same_applied_twice_at_once_is_one_application_and_one_that_changes_nothing(author: Author) -> None:
    shop = author("ann", ONE_VIEW + SERVICE)
    with halted(_apply(shop)) as second:
        first = shop.store(NOW).apply()
    assert (len(first.changes), second.result().changes) == (5, ())
    assert first.revision == second.result().revision
    registry = shop.store(NOW)._context.registry
    assert [record.revision for record in registry.definitions.applied()] == [first.revision]
    assert [entry.action for entry in registry.audit.entries()] == ["apply"]


def test_glass_that_two_break_for_the_same_at_once_is_broken_once(tmp_path: Path) -> None:
    root = write_company(tmp_path, growth=NEW)

    def apply(clock: FixedClock) -> Any:
        clock.set(WEEKS_LATER)
        return FeatureStore(root, clock=clock).apply(break_glass="the site is down")

    # The first question is whether a waiver holds.
    with halted(apply, 2) as second:
        apply(FixedClock(WEEKS_LATER))
    assert second.result().changes == ()
    waived = [waiver.column for waiver in FeatureStore(root).gate.waivers()]
    assert sorted(waived) == ["buyers:basket_7d", "buyers:revenue_28d"]


def test_many_who_apply_at_once_come_one_after_the_other_or_are_told(author: Author) -> None:
    shops = [author(f"author_{number}", f"{ONE_VIEW}\n# {number}\n") for number in range(4)]
    for number, shop in enumerate(shops):
        shop.change(("{name: customer,", f"{{name: entity_{number}, keys: {{k: string}}}}\n  - {{name: customer,"))
    together = threading.Barrier(len(shops))

    def apply(shop: Shop) -> int | None:
        store = shop.store(NOW)
        store.plan()
        together.wait(60)
        try:
            return store.apply().revision
        except ConflictError:
            return None

    with ThreadPoolExecutor(len(shops)) as pool:
        applied = dict(enumerate(pool.map(apply, shops)))
    by_revision = {revision: number for number, revision in applied.items() if revision is not None}
    records = shops[0].store(NOW)._context.registry.definitions.applied()
    assert sorted(by_revision) == [record.revision for record in records]
    assert _names(shops[0]) == {"customer_daily", f"entity_{by_revision[max(by_revision)]}"}


def test_a_model_that_is_bound_while_somebody_removes_its_view_keeps_it(author: Author) -> None:
    author("before", ONE_VIEW).applied(NOW)
    ann, ben = author("ann", ONE_VIEW), author("ben", WITHOUT_VIEW)
    with halted(_apply(ben)) as second:
        ann.store(NOW).bind_model("churn", "customer_daily:*")
    with pytest.raises(RequestError, match=r"cannot be removed: it is in use \(model churn\)"):
        second.result()
    assert "customer_daily" in _names(ann)


def test_a_model_is_not_bound_to_a_view_that_was_removed_meanwhile(author: Author) -> None:
    author("before", ONE_VIEW).applied(NOW)
    ann, ben = author("ann", ONE_VIEW), author("ben", WITHOUT_VIEW)

    def bind(clock: HaltingClock) -> Any:
        return FeatureStore(ann.folder, clock=clock).bind_model("churn", "customer_daily:*")

    with halted(bind) as second:
        ben.applied(NOW)
    with pytest.raises(RequestError, match="no feature view"):
        second.result()
    assert ann.store(NOW).models() == ()


def test_a_model_waits_for_whoever_is_about_to_remove_its_view(author: Author) -> None:
    author("before", ONE_VIEW).applied(NOW)
    ann, ben = author("ann", ONE_VIEW), author("ben", WITHOUT_VIEW)
    binding = ann.store(NOW)
    assert binding.models() == ()
    with ThreadPoolExecutor(1) as pool:
        # The second question is what was used lately, when the application has begun to write.
        with halted(_apply(ben), 2) as removal:
            bound = pool.submit(binding.bind_model, "churn", "customer_daily:*")
            with pytest.raises(TimeoutError):
                bound.result(0.3)
        assert removal.result().changes
        with pytest.raises(RequestError, match="no feature view"):
            bound.result()
    assert ann.store(NOW).models() == ()


def test_a_version_is_not_retired_while_a_service_is_put_on_it(author: Author) -> None:
    ann = author("ann", ONE_VIEW)
    ann.applied(NOW).bind_model("churn", "customer_daily:*")
    ann.declare(VERSION_2)
    ann.applied(NOW).unbind_model("churn")

    def retire(clock: HaltingClock) -> Any:
        return FeatureStore(ann.folder, clock=clock).retire("customer_daily@1")

    # The first question is what was used lately, which is looked at once more.
    with halted(retire, 2) as second:
        author("ben", PINNED).applied(NOW)
    with pytest.raises(RequestError, match="next_order names customer_daily@1"):
        second.result()
    assert [version.retired_at for version in ann.store(NOW)._context.registry.lifecycles.versions()] == [None]


def test_a_publish_that_began_before_an_application_brings_nothing_back_of_its_services(author: Author) -> None:
    ann, ben = author("ann", ONE_VIEW + SERVICE), author("ben", ONE_VIEW + SERVICE.replace("next_order", "basket"))
    ann.land("orders", [])
    ann.applied(NOW).materialize()

    def publish(clock: HaltingClock) -> Any:
        return FeatureStore(ann.folder, clock=clock).publish(NOW)

    with halted(publish) as publishing:
        ben.applied(NOW)
    assert publishing.result()
    store = ann.store(NOW)
    assert store.get_online_features("basket", [{"customer": "ann"}]).to_dict()["orders_7d"] == [0]
    with pytest.raises(RequestError, match="no feature service 'next_order'"):
        store.get_online_features("next_order", [{"customer": "ann"}])
    assert store.flush_usage()
