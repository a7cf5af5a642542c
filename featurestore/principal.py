"""Who works with the store."""

from __future__ import annotations

import getpass
import os


def principal() -> str:
    """Who works with the store in trusted-administrator mode: the machine's user."""
    named = os.environ.get("FEATURESTORE_PRINCIPAL")
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # Containers run as users that nobody gave a name.
        return f"uid-{os.getuid()}"
