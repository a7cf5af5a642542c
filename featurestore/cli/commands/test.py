"""`featurestore test`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from featurestore.cli.exit_codes import FOUND_WANTING
from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("test")
@click.argument("views", nargs=-1, metavar="[VIEW]...")
def test(session: Session, views: tuple[str, ...]) -> None:
    """Run the tests that feature views carry in the YAML.

    Of all views if none is named. Exit code 1 says that one failed.
    """
    from rich.text import Text

    from featurestore.cli.words import count

    results = session.store.test(views or None)
    failed = sum(not result.passed for result in results)

    def show(console: Console) -> None:
        for result in results:
            mark = ("passed", "green") if result.passed else ("failed", "bold red")
            console.print(Text.assemble(mark, f"  {result.view}: {result.test}"), soft_wrap=True)
            for difference in result.differences:
                console.print(f"          {difference}", markup=False, soft_wrap=True)
        if not results:
            console.print("There are no tests; give a feature view some under `tests:`.")
        else:
            console.print(f"\n{count(len(results), 'test')} on {results[0].engine}, {failed or 'none'} failed.")

    document = {
        "passed": len(results) - failed,
        "failed": failed,
        "tests": [
            {
                "view": result.view,
                "test": result.test,
                "engine": result.engine,
                "passed": result.passed,
                "differences": list(result.differences),
            }
            for result in results
        ],
    }
    session.answer(document, show)
    if failed:
        sys.exit(FOUND_WANTING)
