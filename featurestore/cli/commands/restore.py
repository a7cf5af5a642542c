"""`featurestore restore`"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("restore")
@click.argument("directory", type=click.Path(path_type=Path))
def restore(session: Session, directory: Path) -> None:
    """Bring a backup into a store that is empty.

    DIRECTORY is what `featurestore backup` wrote; all of it is verified before anything is changed. The next
    materialize, or publish, writes every row online.
    """
    from builders.figures import size_words
    from featurestore.cli.progress import progress_bar
    from featurestore.cli.words import count

    with progress_bar(session) as progress:
        report = session.store.restore(directory, progress=progress)

    def show(console: Console) -> None:
        segments = f"{count(report.segments, 'segment')} of {size_words(report.bytes)}"
        console.print(f"Restored {count(report.rows, 'row')} of the registry and {segments}.", markup=False)
        console.print("Nothing is online yet. Next: featurestore materialize", markup=False, style="dim")

    session.answer(asdict(report), show)
