"""Lineage as a flowchart in Mermaid, which GitHub and many wikis draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from builders.lineage import ColumnLineage
    from featurestore.lineage import Lineage


def draw_lineage(lineage: Lineage) -> str:
    """Source columns by source to the left, feature columns by view, services and models to the right."""
    return "\n".join(["flowchart LR", *(f"  {line}" for line in _Drawing().draw(lineage))])


class _Drawing:
    """Numbers nodes in the order in which they come up, as names may hold what Mermaid reads as its own."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], str] = {}

    def draw(self, lineage: Lineage) -> Iterator[str]:
        columns = {column.reference: column for column in lineage.columns}
        inputs: dict[str, dict[str, None]] = {}
        views: dict[str, list[ColumnLineage]] = {}
        for column in columns.values():
            views.setdefault(column.view, []).append(column)
            for item in column.inputs:
                inputs.setdefault(item.source, {})[item.column] = None
        for source, names in inputs.items():
            nodes = [self._node("input", f"{source}.{name}", "[({})]", name) for name in names]
            yield from self._group("source", source, nodes)
        for view, held in views.items():
            nodes = [self._node("column", each.reference, "[{}]", each.requested.column.name) for each in held]
            yield from self._group("view", view, nodes)
        for service, _ in lineage.consumers.services:
            yield self._node("service", service.name, "([{}])", service.name)
        for model, _ in lineage.consumers.models:
            yield self._node("model", str(model.id), "{{{{{}}}}}", model.title)
        yield from self._edges(lineage, columns)

    def _edges(self, lineage: Lineage, columns: dict[str, ColumnLineage]) -> Iterator[str]:
        for reference, column in columns.items():
            for item in column.inputs:
                uses = _quoted(", ".join(item.uses))
                yield f"{self._id('input', f'{item.source}.{item.column}')} -->|{uses}| {self._id('column', reference)}"
        for service, asked in lineage.consumers.services:
            for reference in asked:
                yield f"{self._id('column', reference)} --> {self._id('service', service.name)}"
        for model, asked in lineage.consumers.models:
            through = [name for name, _ in lineage.consumers.services if (name.name,) == model.features]
            if through:
                yield f"{self._id('service', through[0].name)} --> {self._id('model', str(model.id))}"
                continue
            for reference in asked:
                yield f"{self._id('column', reference)} --> {self._id('model', str(model.id))}"

    def _group(self, kind: str, name: str, nodes: Iterable[str]) -> Iterator[str]:
        yield f"subgraph {self._id(kind, name)} [{_quoted(name)}]"
        yield from (f"  {node}" for node in nodes)
        yield "end"

    def _node(self, kind: str, key: str, shape: str, title: str) -> str:
        return self._id(kind, key) + shape.format(_quoted(title))

    def _id(self, kind: str, key: str) -> str:
        return self._ids.setdefault((kind, key), f"{kind}{len(self._ids) + 1}")


def _quoted(text: str) -> str:
    """A text in which nothing is Mermaid's own: anything but letters, digits and plain marks as its number."""
    plain = "".join(each if each.isalnum() or each in " _.,:@-" else f"#{ord(each)};" for each in text)
    return f'"{plain}"'
