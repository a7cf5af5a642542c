"""What may import what, and how a file has to look: read from the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {
    "definitions": {"definitions"},
    "builders": {"definitions", "builders"},
    "quality": {"definitions", "quality"},
    "online_hbase": {"definitions", "online_hbase"},
    "featurestore": {"definitions", "builders", "quality", "online_hbase", "featurestore"},
}
"""Each room, and the rooms that it may import."""

HEAVY = (
    "pandas",
    "pyarrow",
    "duckdb",
    "pyspark",
    "sqlglot",
    "sqlalchemy",
    "happybase",
    "thriftpy2",
    "py4j",
    "numpy",
    "great_expectations",
)
MOST_LINES = 600


def _modules() -> dict[str, Path]:
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()


def _is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _nodes(node: ast.AST, lazy: bool) -> Iterator[ast.AST]:
    """All nodes, those under TYPE_CHECKING left out, and those inside functions too unless `lazy`."""
    for child in ast.iter_child_nodes(node):
        if _is_for_types_only(child) or (not lazy and isinstance(child, (ast.FunctionDef, ast.Lambda))):
            continue
        yield child
        yield from _nodes(child, lazy)


def _imports(path: Path, lazy: bool) -> set[str]:
    """The modules of ours, and the top-level packages of others, that a file imports."""
    found = set()
    for node in _nodes(ast.parse(path.read_text(encoding="utf-8")), lazy):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            held = node.module or ""
            found |= {f"{held}.{alias.name}" if f"{held}.{alias.name}" in MODULES else held for alias in node.names}
    return {name if name.split(".")[0] in ROOMS else name.split(".")[0] for name in found}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room: str) -> None:
    for name, path in MODULES.items():
        if name.split(".")[0] == room:
            used = {item.split(".")[0] for item in _imports(path, lazy=True)}
            assert used & ROOMS.keys() <= ROOMS[room], f"{name} imports {used & ROOMS.keys()}"


def test_modules_import_each_other_in_no_circle() -> None:
    graph = {name: _imports(path, lazy=False) & MODULES.keys() for name, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other in a circle: {' -> '.join(error.args[1])}")


def test_only_the_rooms_that_compute_know_an_engine() -> None:
    for name, path in MODULES.items():
        used = _imports(path, lazy=True)
        assert name.startswith("builders.duckdb") or "duckdb" not in used, f"{name} imports duckdb"
        assert name.startswith("builders.spark") or "pyspark" not in used, f"{name} imports pyspark"
        assert name.startswith("online_hbase") or "happybase" not in used, f"{name} imports happybase"
        assert not name.startswith("featurestore") or "sqlglot" not in used, f"{name} imports sqlglot"
        assert name.startswith("featurestore.") or "sqlalchemy" not in used, f"{name} imports sqlalchemy"


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES)
def test_a_file_is_short_and_catches_only_what_it_names(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: a bare except"
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            names = {item.id for item in caught if isinstance(item, ast.Name)}
            assert "Exception" not in names, f"line {node.lineno}: except Exception"
            reraises = any(isinstance(item, ast.Raise) and item.exc is None for item in ast.walk(node))
            assert "BaseException" not in names or reraises, f"line {node.lineno}: swallows what it cannot know"


@pytest.mark.parametrize("path", MODULES.values(), ids=MODULES)
def test_a_file_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text or ast.get_docstring(ast.parse(text))
