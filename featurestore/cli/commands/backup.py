"""`featurestore backup`"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("backup")
@click.argument("directory", type=click.Path(path_type=Path))
def backup(session: Session, directory: Path) -> None:
    """Write the registry and all segments into a folder.

    DIRECTORY is a new or empty folder. Sources and YAML are not copied, nor are the rows online: the first materialize
    after `featurestore restore` writes them anew from the segments.
    """
    from builders.figures import size_words
    from featurestore.cli.progress import progress_bar
    from featurestore.cli.words import count

    with progress_bar(session) as progress:
        report = session.store.backup(directory, progress=progress)

    def show(console: Console) -> None:
        held = f"{count(report.rows, 'row')} of the registry, {count(report.segments, 'segment')}"
        console.print(f"Wrote {held} to {directory}, {size_words(report.bytes)} in all.", markup=False)

    session.answer(asdict(report), show)
