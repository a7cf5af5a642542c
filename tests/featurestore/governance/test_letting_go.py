"""A store that nobody has any more leaves no thread and no connection, whoever worked with it."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from tests.featurestore.governance.company import NOW, Company


@pytest.mark.parametrize("name", [None, "reader"], ids=["without a token", "with a token"])
def test_the_thread_that_counts_ends_with_its_store(company: Company, name: str | None) -> None:
    before = set(threading.enumerate())
    store = company.store(name)
    store.get_online_features("customer_daily:*", [{"customer": "ann"}])
    store.get_features_as_of(NOW, "customer_daily:*").to_arrow()
    (counting,) = (each for each in set(threading.enumerate()) - before if each.name == "featurestore-usage")
    opened = weakref.ref(store._opened)
    del store
    gc.collect()
    counting.join(30)
    assert opened() is None
    assert not counting.is_alive()
    counted = company.store("viewer").usage.of("customer_daily").people
    assert [(each.online, each.training) for each in counted] == [(1, 1)]
