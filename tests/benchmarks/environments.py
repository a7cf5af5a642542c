"""Python environments of peers, made with uv when missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks import datasets

_PYTHON: Final = "3.11"


def peer_python(name: str, packages: Sequence[str], alone: Sequence[str] = ()) -> Path:
    """The interpreter of the environment `name` in `build/`, which has `packages`, and those `alone` without what they
    ask for.

    Raises:
        RuntimeError: it has to be made, and there is no uv.
    """
    folder = datasets.FOLDER.parent / name
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        uv = _find_uv(name)
        install = [uv, "pip", "install", "--quiet", "--python", str(python)]
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", _PYTHON, str(folder)], check=True)
        subprocess.run([*install, *packages], check=True)
        if alone:
            subprocess.run([*install, "--no-deps", *alone], check=True)
        ready.touch()
    return python


def _find_uv(name: str) -> str:
    beside = str(Path(sys.executable).parent)
    uv = shutil.which("uv", path=os.pathsep.join((beside, os.environ.get("PATH", ""))))
    if uv is None:
        raise RuntimeError(f"the environment {name} is made with uv, which is missing; run `pip install uv`")
    return uv
