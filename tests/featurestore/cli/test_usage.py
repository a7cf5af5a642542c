"""`featurestore usage`, `model`, `retire`, and what a terminal is told of lifecycles."""

from __future__ import annotations

from pathlib import Path

import pytest

from featurestore import FeatureStore, lifecycle
from featurestore.clock import FixedClock
from tests.featurestore.cli.running import NOW, document, edit, run

ONLINE = ("online", "recommendations", "--entity", "customer_id=3")
DELAY = "delay: 1h    # and are published by one o'clock"


@pytest.fixture(autouse=True)
def principal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATURESTORE_PRINCIPAL", "ann")
    lifecycle._SAID.clear()


def test_a_look_up_of_a_command_is_counted_when_the_command_has_ended(built: Path) -> None:
    assert run(built, *ONLINE).exit_code == 0
    store = FeatureStore(built, clock=FixedClock(NOW))
    shown = run(built, "usage", "recommendations", "--days", "7")
    assert shown.stdout == f"{store.usage.of('recommendations', days=7)!r}\n"
    assert "online    ······█  1 look-up" in shown.stdout
    assert document(run(built, "usage", "--json")) == store.usage.ranking().to_dict()


def test_models_are_bound_listed_and_unbound(built: Path) -> None:
    assert "No model is bound" in run(built, "model", "list").stdout
    bound = run(built, "model", "bind", "next-buy", "recommendations", "--version", "4", "--stage", "production")
    assert bound.stdout == "next-buy 4 uses 6 feature columns of customer_purchases@1\n"
    listed = document(run(built, "model", "list", "--json"))["models"]
    assert [(item["name"], item["version"], item["views"]) for item in listed] == [
        ("next-buy", "4", ["customer_purchases@1"])
    ]
    assert "next-buy 4   recommendations" in run(built, "model", "list").stdout
    refused = run(built, "model", "unbind", "next-bye")
    assert (refused.exit_code, "did you mean 'next-buy'?" in refused.stderr) == (5, True)
    assert run(built, "model", "unbind", "next-buy").stdout == "next-buy 4 uses recommendations no more\n"


def test_a_terminal_is_told_once_what_is_deprecated_and_a_program_gets_its_json(built: Path) -> None:
    edit(built, DELAY, "delay: 1h\n    lifecycle: {state: deprecated, until: 2024-12-31, successor: better}")
    assert run(built, "apply").exit_code == 0
    said = "feature view 'customer_purchases' is deprecated and there until 2024-12-31; use better instead"
    shown = run(built, *ONLINE)
    assert (shown.exit_code, shown.stderr) == (0, f"warning: {said}\n")
    lifecycle._SAID.clear()
    shown = run(built, *ONLINE, "--json")
    assert shown.stderr == f"warning: {said}\n"
    assert shown.stdout.startswith("{")


def test_retiring_what_is_in_use_takes_a_reason(built: Path) -> None:
    run(built, *ONLINE)
    refused = run(built, "retire", "customer_purchases")
    assert (refused.exit_code, refused.stderr) == (
        5,
        "error: customer_purchases is in use (1 look-up by ann in 30 days); if it has to be, retire it with --force "
        '"REASON"\n',
    )
    forced = run(built, "retire", "customer_purchases", "--force", "it is wrong")
    assert forced.stdout == (
        "customer_purchases may be retired within 7 days, although it is in use (1 look-up by ann in 30 days).\n"
        "Next: write lifecycle: retired in its YAML, then featurestore apply\n"
    )
    edit(built, DELAY, "delay: 1h\n    lifecycle: retired")
    assert run(built, "apply").exit_code == 0
    assert "'customer_purchases' is retired" in run(built, *ONLINE).stderr


def test_a_plan_says_what_apply_will_refuse(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATURESTORE_PRINCIPAL", "server")
    run(built, *ONLINE)
    monkeypatch.setenv("FEATURESTORE_PRINCIPAL", "ann")
    edit(built, "agg: max, of: amount", "agg: min, of: amount")
    shown = run(built, "plan").stdout
    assert "apply will refuse: feature view 'customer_purchases' is in use" in shown
    assert "computes biggest_28d otherwise; write version: 2 in it" in shown
    assert "Next:" not in shown
    assert run(built, "apply").exit_code == 5
    edit(built, DELAY, "delay: 1h\n    version: 2")
    assert "customer_purchases@1 goes on beside what is new" in run(built, "plan").stdout
    planned = document(run(built, "plan", "--json"))
    assert (planned["obstacles"], planned["kept_versions"]) == ([], ["customer_purchases@1"])


def test_lineage_can_be_drawn_and_impact_says_what_retiring_does(built: Path) -> None:
    store = FeatureStore(built, clock=FixedClock(NOW))
    drawn = run(built, "lineage", "customer_purchases:latest", "--mermaid")
    assert drawn.stdout == f"{store.lineage('customer_purchases:latest').to_mermaid()}\n"
    assert run(built, "lineage", "customer_purchases:latest", "--mermaid", "--json").exit_code == 2
    shown = run(built, "impact", "customer_purchases", "--retire")
    assert shown.stdout == f"{store.impact_of('customer_purchases', retiring=True)!r}\n"
    assert "saves 5 online rows of customer_purchases" in shown.stdout
