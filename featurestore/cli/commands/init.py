"""`featurestore init`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("init", opens_store=False)
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--template", metavar="NAME", help="Begin with an example: `flights` is every flight of New York in 2013."
)
def init(session: Session, target: Path, template: str | None) -> None:
    """Write a repository to start from, and data to try it on.

    TARGET is a new or empty folder.
    """
    from featurestore.templates.init import write_repository

    written = write_repository(target, template, session.clock)
    document = {"repository": target, "template": template, "files": [path.relative_to(target) for path in written]}

    def show(console: Console) -> None:
        console.print(f"Wrote a repository to {target}:", markup=False)
        for path in written:
            console.print(f"  {path.relative_to(target)}", markup=False, style="dim")
        enter = "" if target.resolve() == Path.cwd() else f"cd {target}; "
        console.print(f"\nNext: {enter}featurestore validate", markup=False, style="dim")

    session.answer(document, show)
