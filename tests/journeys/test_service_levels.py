"""A pipeline dies over a weekend: whoever looks after the store is told once, and once more when it is back."""

from __future__ import annotations

from pathlib import Path

import pytest

from definitions.errors import SourceError
from featurestore.registry.findings import OPEN, SETTLED
from tests.featurestore.cli.running import invoke
from tests.journeys.shop import ONE_VIEW, Shop, online, order
from tests.listening import listening

PROMISING = ONE_VIEW.replace("    delay: 1h\n", "    delay: 1h\n    owner: maria\n    sla: {fresh_within: 26h}\n")


def test_a_dead_pipeline_is_told_once_and_once_more_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    shop = Shop(tmp_path, PROMISING)
    with (tmp_path / "featurestore.yaml").open("a") as file:
        file.write("notifications: {webhook: '${FEATURESTORE_WEBHOOK}', kinds: [stale_view]}\n")
    shop.land("friday", [order("2024-03-14T10:00:00", "ann", 2.0)])
    with listening() as listener:
        monkeypatch.setenv("FEATURESTORE_WEBHOOK", listener.url)
        port = listener.port
        shop.applied("2024-03-15T01:00:00").materialize()
        shop.store("2024-03-16T01:00:00").materialize()
        assert listener.told == []

        # On Sunday nothing runs. What looks every hour finds it, and tells it once.
        for hour in range(1, 6):
            shop.store(f"2024-03-17T0{hour}:30:00").review()
        (document,) = listener.documents
        assert (document["subject"], document["state"]) == ("customer_daily", OPEN)
        assert (document["owner"], document["team"]) == ("maria", "shop")
        assert document["message"] == (
            "customer_daily is 1d 3h old online, of 2024-03-16T00:00:00Z; it promises to be fresh within 26h, "
            "and has not been since 2024-03-17T02:00:00Z"
        )
        assert online(shop.store("2024-03-17T09:00:00"), "customer_daily", ["ann"])[0]["spent_7d"] == 2.0

        # Somebody starts the pipeline, which fails. That is no news.
        broken = tmp_path / "data" / "orders" / "sunday.parquet"
        broken.write_bytes(b"no Parquet")
        with pytest.raises(SourceError):
            shop.store("2024-03-17T09:00:00").materialize()
        assert len(listener.documents) == 1
        broken.unlink()
        told = invoke("findings", "customer_daily", "--repository", tmp_path, "--now", "2024-03-17T09:00:00").stdout
        assert "customer_daily is 1d 9h old online" in told

    # It is repaired while the webhook is away: nobody hears, and the run does not care.
    shop.land("sunday", [order("2024-03-16T10:00:00", "ann", 3.0)])
    report = shop.store("2024-03-17T10:00:00").materialize()
    assert report.published[0].rows == 1
    assert shop.store("2024-03-17T10:00:00").findings(["customer_daily"], settled=True)[-1].state == SETTLED

    with listening(port) as listener:
        shop.store("2024-03-18T01:00:00").materialize()
        shop.store("2024-03-18T02:00:00").review()
        assert listener.told == [("customer_daily", SETTLED)]
        assert listener.documents[0]["message"].startswith("resolved: customer_daily is 1d 9h old online")
