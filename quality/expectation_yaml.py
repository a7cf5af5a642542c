"""Expectations as YAML to paste, as the rest of a repository is written: one a line where it fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import yaml

from definitions.expectation import Check
from definitions.positions import resolve_scalar
from quality.suggestions.suggested import Suggested

_WIDEST: Final = 118
_ORDER: Final = ("check", "column", "columns")


def expectation_yaml(found: Iterable[Suggested], indent: int = 4) -> str:
    """The `expect:` of a source with all of these, so many spaces in; above those whose evidence is thin a comment says
    why they only warn."""
    left = " " * indent
    lines = [f"{left}expect:"]
    for each in found:
        if each.thin:
            lines.append(f"{left}  # only warns: {each.thin}")
        lines += _entry(each.check, f"{left}  - ")
    return "\n".join(lines) + "\n"


def _entry(check: Check, start: str) -> Iterator[str]:
    plain = check.model_dump(mode="json", exclude_defaults=True)
    # A severity is always said, as it is what whoever reads it decides.
    said: dict[str, Any] = {name: plain[name] for name in _ORDER if name in plain}
    said |= {name: value for name, value in plain.items() if name not in said and name != "severity"}
    said["severity"] = check.severity
    line = start + _dump(said, flow=True)
    if len(line) <= _WIDEST:
        yield line
        return
    first, *others = _dump(said, flow=False).splitlines()
    yield start + first
    yield from (" " * len(start) + other for other in others)


def _dump(value: Any, flow: bool) -> str:
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, default_flow_style=flow, width=10**6, allow_unicode=True
    ).strip()


class _Dumper(yaml.SafeDumper):
    """Texts that would be read as something else stand in quotes."""


def _represent_text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    try:
        is_text = resolve_scalar(value) == value and isinstance(resolve_scalar(value), str)
    except ValueError:
        is_text = False
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, None if is_text else '"')


_Dumper.add_representer(str, _represent_text)
