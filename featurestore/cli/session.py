"""What every command has in common: its options, its store, where it prints, how it ends."""

from __future__ import annotations

import functools
import json
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TextIO

import click

from definitions.errors import FeatureStoreError, RequestError
from featurestore.cli.documents import encode_document
from featurestore.cli.exit_codes import INTERRUPTED, exit_code_of
from featurestore.clock import Clock, FixedClock, SystemClock, parse_instant

if TYPE_CHECKING:
    from rich.console import Console

    from featurestore.config import EngineType
    from featurestore.store import FeatureStore

P = ParamSpec("P")

_OURS = ("definitions", "builders", "online_hbase", "featurestore")

_WIDTH = 200
"""Columns where nobody looks on: a file or a pipe has no width of its own."""


class InstantType(click.ParamType):  # type: ignore[type-arg]  # generic in later versions only
    """An instant in ISO 8601, as UTC microseconds."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return value if isinstance(value, int) else parse_instant(str(value))
        except RequestError as error:
            self.fail(str(error), param, ctx)


INSTANT = InstantType()


@dataclass(frozen=True)
class Session:
    """One run of one command. With `as_json`, one JSON document goes to stdout and nothing else."""

    repository: Path
    environment: str | None
    now: int | None
    as_json: bool

    @cached_property
    def store(self) -> FeatureStore:
        """The store of the repository.

        Raises:
            ConfigurationError: there is none, or its configuration is wrong.
        """
        from featurestore.store import FeatureStore

        store = FeatureStore(self.repository, environment=self.environment, clock=self.clock)
        store.tell(self.notice)
        return store

    def store_on(self, engine: EngineType | None) -> FeatureStore:
        """The store on another engine than the configuration's, if one is named."""
        from featurestore.store import FeatureStore

        if engine is None:
            return self.store
        store = FeatureStore(self.repository, environment=self.environment, clock=self.clock, engine=engine)
        store.tell(self.notice)
        return store

    def end(self) -> None:
        """Let nothing that was counted wait for the end of the process."""
        if "store" in self.__dict__:
            self.store.flush_usage()

    @property
    def clock(self) -> Clock:
        return SystemClock() if self.now is None else FixedClock(self.now)

    @cached_property
    def console(self) -> Console:
        """stdout, for people."""
        return _open_console(stderr=False)

    @cached_property
    def errors(self) -> Console:
        """stderr, for people: errors, notices, progress."""
        return _open_console(stderr=True)

    def answer(self, document: Mapping[str, Any], show: Callable[[Console], None]) -> None:
        """The command's result: `document` for programs, or what `show` prints for people."""
        if self.as_json:
            click.echo(encode_document(document))
        else:
            show(self.console)

    def warn(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        """A warning on stderr; where in the code one of the product came up concerns nobody here."""
        if category.__module__.partition(".")[0] not in _OURS:
            click.echo(warnings.formatwarning(message, category, filename, lineno, line), err=True)
        elif self.as_json:
            click.echo(f"warning: {message}", err=True)
        else:
            self.errors.print(f"warning: {message}", style="yellow", markup=False, soft_wrap=True)

    def notice(self, text: str) -> None:
        """A line on stderr for people; programs get none."""
        if not self.as_json:
            self.errors.print(text, style="dim")


def command(
    name: str, *, opens_store: bool = True
) -> Callable[[Callable[Concatenate[Session, P], None]], click.Command]:
    """Make a function a command: it gets a `Session` first, and the options that all commands share.

    An error of the product is told and becomes the exit code; anything else is a bug and keeps its traceback.
    """

    def decorate(function: Callable[Concatenate[Session, P], None]) -> click.Command:
        @functools.wraps(function)
        def run(
            as_json: bool, now: int | None, repository: Path = Path(), environment: str | None = None, **given: Any
        ) -> None:
            session = Session(repository, environment, now, as_json)
            try:
                with warnings.catch_warnings():
                    warnings.showwarning = session.warn
                    function(session, **given)  # type: ignore[call-arg]
            except FeatureStoreError as error:
                _tell(session, error)
                sys.exit(exit_code_of(error))
            except KeyboardInterrupt:
                session.notice("interrupted")
                sys.exit(INTERRUPTED)
            finally:
                session.end()

        made = click.command(name)(run)
        made.params += _common_options(opens_store)
        return made

    return decorate


def _common_options(opens_store: bool) -> list[click.Parameter]:
    folder = click.Path(path_type=Path)
    options: list[click.Parameter] = [
        click.Option(["--repository", "-r"], type=folder, default=".", show_default=True,
                     help="The folder with featurestore.yaml."),
        click.Option(["--environment", "-e"], metavar="NAME",
                     help="One that featurestore.yaml declares; FEATURESTORE_ENVIRONMENT if not given."),
    ] if opens_store else []  # fmt: skip
    return [
        *options,
        click.Option(["--now"], type=INSTANT, help="What time it is, to work at data's own time: ISO 8601."),
        click.Option(["--json", "as_json"], is_flag=True, help="One JSON document on stdout, for programs."),
    ]


def _tell(session: Session, error: FeatureStoreError) -> None:
    from featurestore.cli.failures import error_document, show_error

    if session.as_json:
        click.echo(json.dumps(error_document(error), indent=2, ensure_ascii=False), err=True)
    else:
        show_error(session.errors, error)


def _open_console(stderr: bool) -> Console:
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDTH
    return console
