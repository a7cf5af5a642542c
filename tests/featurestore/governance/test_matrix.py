"""Who may do what: role, action and visibility, every cell, through the SDK and through the CLI.

`yes`: it is done. `no`: refused, and told so. `unknown`: as if it were not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from click.testing import Result

from definitions.errors import AccessError, RequestError
from featurestore import FeatureStore
from tests.featurestore.cli.running import invoke
from tests.featurestore.governance.company import DEFINITIONS, HIDDEN, HIDDEN_VIEW, NOW, OPEN_VIEW, Company

ORACLE: Final = """
            discover  read     manage   write  approve  administer
members:
  viewer    yes       yes      no       no     unknown  no
  author    yes       yes      yes      yes    unknown  no
  approver  yes       yes      yes      yes    yes      no
  admin     yes       yes      yes      yes    yes      yes
  stranger  yes       no       no       no     unknown  no
  reader    yes       yes      no       no     no       no
  manager   yes       no       yes      no     unknown  no
  root      yes       no       no       no     unknown  yes
  gone      no        no       no       no     no       no
hidden:
  viewer    yes       yes      no       no     unknown  no
  author    yes       yes      yes      yes    unknown  no
  approver  yes       yes      yes      yes    yes      no
  admin     yes       yes      yes      yes    yes      yes
  stranger  unknown   unknown  unknown  no     unknown  no
  reader    yes       yes      no       no     no       no
  manager   yes       no       yes      no     unknown  no
  root      yes       no       no       no     unknown  yes
  gone      no        no       no       no     no       no
"""
"""`reader` and `manager` have a grant, `root` is of the platform. Who approves sees a request; to others of it, but for
the one who asked, it is not there."""

VIEWS: Final = {"members": OPEN_VIEW, "hidden": HIDDEN_VIEW}
REQUESTS: Final = {"members": 3, "hidden": 6}
"""The open request on each view."""


def _cells() -> list[tuple[str, str, str, str]]:
    lines = ORACLE.strip().splitlines()
    actions, visibility, cells = lines[0].split(), "", []
    for line in lines[1:]:
        if line.endswith(":"):
            visibility = line.removesuffix(":")
            continue
        who, *expected = line.split()
        cells += [(visibility, who, action, each) for action, each in zip(actions, expected, strict=True)]
    return cells


def _edit(company: Company, visibility: str) -> None:
    """Another description of the view, as somebody would write it who has the YAML."""
    old = f"name: {VIEWS[visibility]}\n    entity: customer\n    source: orders\n"
    texts = {"shop": DEFINITIONS, "hidden": HIDDEN} if visibility == "hidden" else {"shop": DEFINITIONS}
    assert sum(text.count(old) for text in texts.values()) == 1
    company.declare(**{name: text.replace(old, f"{old}    tags: [new]\n") for name, text in texts.items()})


SDK: Final[dict[str, Callable[[FeatureStore, str], object]]] = {
    "discover": lambda store, visibility: store.lineage(VIEWS[visibility]),
    "read": lambda store, visibility: store.get_online_features([f"{VIEWS[visibility]}:*"], [{"customer": "ann"}]),
    "manage": lambda store, visibility: store.publish(views=[VIEWS[visibility]]),
    "write": lambda store, visibility: store.apply(),
    "approve": lambda store, visibility: store.access.approve(REQUESTS[visibility]),
    "administer": lambda store, visibility: store.teams.add("shop", "reader"),
}
CLI: Final = {
    "discover": "lineage {view}",
    "read": "online {view}:* --entity customer=ann",
    "manage": "publish {view}",
    "write": "apply",
    "approve": "approve {request}",
    "administer": "team add shop reader",
}
CODES: Final = {"yes": 0, "unknown": 5, "no": 12}


def _outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except AccessError:
        return "no"
    except RequestError:
        return "unknown"
    return "yes"


@pytest.mark.parametrize(("visibility", "who", "action", "expected"), _cells())
def test_a_cell_through_the_sdk(company: Company, visibility: str, who: str, action: str, expected: str) -> None:
    if action == "write":
        _edit(company, visibility)
    assert _outcome(lambda: SDK[action](company.store(who), visibility)) == expected


@pytest.mark.parametrize(("visibility", "who", "action", "expected"), _cells())
def test_a_cell_through_the_cli(
    company: Company, monkeypatch: pytest.MonkeyPatch, visibility: str, who: str, action: str, expected: str
) -> None:
    if action == "write":
        _edit(company, visibility)
    monkeypatch.setenv("FEATURESTORE_TOKEN", company.tokens[who])
    line = CLI[action].format(view=VIEWS[visibility], request=REQUESTS[visibility])
    result: Result = invoke(*line.split(), "--repository", company.folder, "--now", NOW, "--json")
    assert result.exit_code == CODES[expected], result.output
    assert "trusted-administrator" not in result.stderr
