"""A progress bar on stderr, where somebody looks on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from featurestore.cli.session import Session

if TYPE_CHECKING:
    from featurestore.context import Progress as Report


@contextmanager
def progress_bar(session: Session) -> Iterator[Report | None]:
    """What to report progress to; None where there is no terminal, or a program asked. Gone when the work is done."""
    if session.as_json or not session.errors.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        BarColumn(complete_style="green", finished_style="green"),
        TaskProgressColumn("{task.percentage:>3.0f}%", style=""),
        TextColumn("{task.description}", style="dim"),
    )
    with Progress(*columns, console=session.errors, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, doing: bar.update(task, completed=share, description=doing)
