"""The key of the audit's seals: in an environment variable or a file, never in the registry."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from definitions.errors import ConfigurationError
from featurestore.config import DEFAULT_ENVIRONMENT, Configuration

KEY_VARIABLE: Final = "FEATURESTORE_AUDIT_KEY"
KEY_FILE_VARIABLE: Final = "FEATURESTORE_AUDIT_KEY_FILE"

_BYTES: Final = 32


def audit_key_file(configuration: Configuration) -> Path:
    """Where the key is if no variable has it: the file that a variable names, or one beside the store's own state."""
    named = os.environ.get(KEY_FILE_VARIABLE)
    if named:
        return Path(named)
    folder = configuration.root / ".featurestore"
    environment = configuration.environment
    return folder / "audit.key" if environment == DEFAULT_ENVIRONMENT else folder / environment / "audit.key"


def load_audit_key(configuration: Configuration) -> bytes | None:
    """The key; None where there is none, so that entries stay unsealed until somebody who has it comes by.

    Raises:
        ConfigurationError: it is no key, or others than its owner may read the file.
    """
    if text := os.environ.get(KEY_VARIABLE):
        return _parse(text, f"the environment variable {KEY_VARIABLE}")
    path = audit_key_file(configuration)
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the audit's key {path} cannot be read: {type(error).__name__}") from None
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigurationError(f"others may read the audit's key {path}; run `chmod 600 {path}`")
    return _parse(text, str(path))


def make_audit_key(path: Path) -> None:
    """Make a new key in a file that its owner alone may read; one that is there is left.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise ConfigurationError(f"the audit's key cannot be written to {path}: {error.strerror}") from error
    with os.fdopen(opened, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_BYTES))


def _parse(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) < _BYTES:
        raise ConfigurationError(f"{where} holds no key: it has to be at least {2 * _BYTES} hexadecimal digits")
    return key
