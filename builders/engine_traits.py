"""What the planner has to know of an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from builders.form_costs import FormCosts

MergeScope = Literal["entity", "table"]
"""What one merge takes in: all tile tables of an entity, or one."""


@dataclass(frozen=True)
class EngineTraits:
    """What each form costs, whether rows that meet have to be moved to one task first, and how many tile tables a merge
    takes in one union: all of an entity where an exchange costs more than wide rows, one where nothing moves
    (docs/decisions/0003)."""

    costs: FormCosts
    moves_rows: bool
    merge_scope: MergeScope
