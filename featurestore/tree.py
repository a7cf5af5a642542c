"""A tree of lines, for terminals and for notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Branch:
    """A line, and what hangs from it."""

    text: str
    branches: tuple[Branch, ...] = ()


def draw_tree(root: Branch) -> str:
    """The tree as text, one line a branch."""
    return "\n".join([root.text, *_lines(root)])


def tree_html(root: Branch) -> str:
    """The tree as nested lists; all text is escaped."""
    return f"<b>{escape(root.text)}</b>{_list(root.branches)}"


def _lines(branch: Branch) -> Iterator[str]:
    for number, child in enumerate(branch.branches, start=1):
        last = number == len(branch.branches)
        yield f"{'└─' if last else '├─'} {child.text}"
        for line in _lines(child):
            yield f"{'   ' if last else '│  '}{line}"


def _list(branches: tuple[Branch, ...]) -> str:
    items = "".join(f"<li>{escape(branch.text)}{_list(branch.branches)}</li>" for branch in branches)
    return f"<ul>{items}</ul>" if items else ""
