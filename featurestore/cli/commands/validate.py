"""`featurestore validate`"""

from __future__ import annotations

from typing import TYPE_CHECKING

from featurestore.cli.session import Session, command

if TYPE_CHECKING:
    from rich.console import Console


@command("validate")
def validate(session: Session) -> None:
    """Check the YAML and tell every problem at once.

    Each with its file, line and column, and with what to do about it.
    """
    from definitions.columns import column_names
    from featurestore.cli.failures import problem_document, show_problems
    from featurestore.cli.words import count

    loaded = session.store.validate()
    repository = loaded.repository
    counts = {
        "entities": len(repository.entities),
        "sources": len(repository.sources),
        "feature_views": len(repository.feature_views),
        "feature_columns": sum(len(column_names(view)) for view in repository.feature_views.values()),
        "feature_services": len(repository.feature_services),
        "tests": sum(len(view.tests) for view in repository.feature_views.values()),
    }
    warnings = [problem_document(problem) for problem in loaded.warnings]

    def show(console: Console) -> None:
        words = ("entity", "source", "feature view", "feature column", "feature service", "test")
        listed = ", ".join(count(number, word) for number, word in zip(counts.values(), words, strict=True))
        console.print("[green]valid[/]", listed)
        if loaded.warnings:
            console.print()
            show_problems(console, loaded.warnings)

    session.answer({**counts, "warnings": warnings}, show)
