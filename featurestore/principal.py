"""Who works with the store."""

from __future__ import annotations

import os
from typing import Final

_NAMES: Final = ("FEATURESTORE_PRINCIPAL", "LOGNAME", "USER", "LNAME", "USERNAME")
"""Where the environment may say it: ours first, then those of `getpass`, which loads more than a look-up needs."""


def principal() -> str:
    """Who works with the store in trusted-administrator mode: the machine's user."""
    for name in _NAMES:
        if os.environ.get(name):
            return os.environ[name]
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        # Containers run as users that nobody gave a name.
        return f"uid-{os.getuid()}"
