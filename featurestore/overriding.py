"""Who may override a refusal."""

from __future__ import annotations

from featurestore.context import Context


def may_override(context: Context, principal: str, kind: str, name: str) -> bool:
    """Whether a principal may retire a definition that others use.

    Whoever works on the registry directly may do anything to it.
    """
    return True
