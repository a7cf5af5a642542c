"""`featurestore plan`: what changes, and what follows from it, in plain words."""

from __future__ import annotations

from pathlib import Path

from tests.featurestore.cli.running import document, edit, run


def test_everything_is_new_at_first_and_nothing_after_apply(new: Path) -> None:
    first = run(new, "plan")
    assert "4 new; 6 feature columns afterwards." in first.stdout
    assert "+ feature view    customer_purchases  6 columns: purchases_7d, purchases_28d" in first.stdout
    run(new, "apply")
    assert run(new, "plan").stdout == "Nothing to apply: the YAML is what is applied.\n"


def test_a_changed_computation_says_what_was_and_what_follows(built: Path) -> None:
    edit(built, "agg: max, of: amount", "agg: max, of: amount, where: not returned")
    shown = run(built, "plan").stdout
    assert "changed computation" in shown
    assert "column biggest_28d is computed otherwise: where was nothing, now not returned" in shown
    assert "→ computed anew by the next `materialize`; recommendations answers with the new values then" in shown
    change = document(run(built, "plan", "--json"))["changes"][0]
    assert (change["change"], change["kind"], change["name"]) == ("computation", "feature_view", "customer_purchases")
    assert change["affected_services"] == ["recommendations"]


def test_metadata_alone_has_no_consequence(built: Path) -> None:
    edit(built, "description: What a customer has been buying.", "description: Purchases of a customer.")
    shown = run(built, "plan").stdout
    assert "metadata only" in shown
    assert "→" not in shown


def test_a_column_that_goes_is_breaking_and_names_who_may_fail(built: Path) -> None:
    counted = "agg: count, where: not returned, windows: "
    edit(built, f"{counted}[7d, 28d]", f"{counted}[28d]")
    edit(built, "purchases_7d: 1, ", "")
    edit(built, "purchases_7d: 0, ", "")
    shown = run(built, "plan").stdout
    assert "column purchases_7d is gone" in shown
    assert "→ whoever asks for it may fail; so may recommendations" in shown
    assert "2 breaking" in shown


def test_something_that_goes_and_was_not_used_is_removed(built: Path) -> None:
    (built / "more.yaml").write_text("entities:\n  - {name: shop, keys: {shop: string}}\n")
    run(built, "apply")
    (built / "more.yaml").unlink()
    shown = run(built, "plan").stdout
    assert "- entity          shop" in shown
    assert "→ no feature service used it" in shown


def test_warnings_of_validation_stand_before_the_plan(new: Path) -> None:
    (new / "more.yaml").write_text("sources:\n  - {name: ages, path: data/a.csv, columns: {customer_id: bigint}}\n")
    shown = run(new, "plan").stdout
    assert shown.index("has no timestamp") < shown.index("\nnew\n")
    assert len(document(run(new, "plan", "--json"))["warnings"]) == 1


def test_an_applied_change_has_the_next_version(built: Path) -> None:
    edit(built, "agg: max, of: amount", "agg: max, of: amount, where: not returned")
    assert "customer_purchases@2" in run(built, "apply").stdout
