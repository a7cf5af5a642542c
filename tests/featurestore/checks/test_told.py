"""Whoever depends on rows that are not as expected is told of them."""

from __future__ import annotations

from tests.featurestore.checks.deliveries import Deliveries, in_cents
from tests.listening import listening


def test_the_webhook_is_told_whom_a_finding_touches(shop: Deliveries) -> None:
    shop.declare("{check: range, column: amount, min: 0, max: 100, severity: block}")
    shop.deliver_all(range(2))
    shop.materialize(1)
    shop.store().bind_model("buyers", "offers", "3", owner="bea")
    with listening() as listener:
        settings = shop.root / "featurestore.yaml"
        settings.write_text(
            settings.read_text() + f"notifications: {{webhook: '{listener.url}', kinds: [expectation]}}\n"
        )
        shop.deliver(2, in_cents)
        shop.materialize(2)
        (opened,) = listener.documents
        shop.deliver(2)
        shop.materialize(2)
        _, settled = listener.documents
    assert (opened["subject"], opened["state"], opened["owner"]) == ("orders:amount:range", "open", "ann")
    assert opened["touches"] == {
        "feature_views": ["spending"],
        "feature_services": ["offers"],
        "models": ["buyers 3"],
        "teams": ["shop"],
        "owners": ["ann"],
    }
    assert settled["state"] == "settled"
