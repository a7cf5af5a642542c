"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable

from builders.reuse.known_columns import KnownColumns
from builders.reuse.value_form import ValueForm
from definitions.terms import Term

Part = Callable[[ValueForm], Term | None]
"""Gives the value of a part, from what is known or by further rules; None if it cannot be had."""

Rule = Callable[[ValueForm, KnownColumns, Part], Term | None]
"""Gives the value of a form that is wanted as an expression; None where the rule does not apply."""
