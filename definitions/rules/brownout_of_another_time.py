"""Brown-outs that warn nobody."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.loaded import LoadedRepository
from definitions.rules.deprecated_without_end import every_definition
from definitions.rules.rule import Finding


def brownout_of_another_time(loaded: LoadedRepository) -> Iterator[Finding]:
    """Brown-outs are of what is deprecated, and come before its last day ends."""
    for kind, name, definition in every_definition(loaded):
        lifecycle = definition.lifecycle
        if lifecycle.brownouts and lifecycle.state != "deprecated":
            message = f"{name!r} has brown-outs and is {lifecycle.state}"
            hint = "announce them where it is deprecated: lifecycle: {state: deprecated, until: .., brownouts: [..]}"
            yield Finding(kind, name, ("lifecycle",), message, hint)
        for place, brownout in enumerate(lifecycle.brownouts):
            if lifecycle.until is not None and brownout.at.date() > lifecycle.until:
                message = f"{name!r} has a brown-out at {brownout.at}, after its last day"
                hint = f"let it come by {lifecycle.until}"
                yield Finding(kind, name, ("lifecycle", "brownouts", place, "at"), message, hint)
