"""YAML that reuses, ready to paste into a feature service."""

from __future__ import annotations

from collections.abc import Iterable

from featurestore.reuse.reuse import Reuse, There


def ready_yaml(found: Reuse) -> str:
    """The entries of a feature service that ask for what is there in place of the new column; of what is derivable,
    the expression that makes it of them stands above."""
    column = found.column.partition(":")[2]
    lines = [f"# {column} = {found.expression}"] if found.expression else []
    return "\n".join([*lines, *_entries(found.there)])


def _entries(there: Iterable[There]) -> Iterable[str]:
    by_view: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    for each in there:
        view, _, name = each.reference.partition(":")
        by_view.setdefault((view, each.join_keys), []).append(name)
    for (view, join_keys), names in by_view.items():
        if join_keys:
            keys = ", ".join(f"{theirs}: {mine}" for theirs, mine in join_keys)
            yield f"- {{view: {view}, features: [{', '.join(names)}], join_keys: {{{keys}}}}}"
        else:
            yield from (f'- "{view}:{name}"' for name in names)
