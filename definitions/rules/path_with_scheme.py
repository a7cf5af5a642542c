"""Sources whose path is an address of a storage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from definitions.loaded import LoadedRepository
from definitions.rules.rule import Finding

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")


def path_with_scheme(loaded: LoadedRepository) -> Iterator[Finding]:
    """A path is one of folders, which every machine that computes has at the same place; it has no scheme before it."""
    for source in loaded.repository.sources.values():
        found = _SCHEME.match(source.path)
        if found is not None:
            message = f"the path {source.path!r} is an address"
            hint = (
                "write it without file://" if found[0] == "file:/" else "mount the storage, and write its folder here"
            )
            yield Finding("source", source.name, ("path",), message, hint)
