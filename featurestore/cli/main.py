"""The `featurestore` command: a group whose commands are loaded when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

from definitions.suggest import suggest
from featurestore.cli.exit_codes import MEANINGS

COMMANDS: Final = (
    "init",
    "validate",
    "test",
    "plan",
    "apply",
    "waive",
    "gate",
    "materialize",
    "publish",
    "historical",
    "online",
    "explain",
    "doctor",
    "hbase",
    "search",
    "lineage",
    "impact",
    "usage",
    "model",
    "retire",
    "findings",
    "check",
    "compact",
    "vacuum",
    "erase",
    "backup",
    "restore",
    "bootstrap",
    "team",
    "token",
    "grant",
    "request-access",
    "approve",
    "deny",
    "revoke",
    "declassify",
    "audit",
)
"""In the order in which a repository comes to need them; each is a module of `featurestore.cli.commands`."""

_CODES: Final = "\n".join(f"  {code:<4} {meaning}" for code, meaning in MEANINGS.items())


class Commands(click.Group):
    """Commands that load nothing until they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        found = getattr(import_module(f"featurestore.cli.commands.{name}"), name)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}; {suggest(args[0], COMMANDS, 'commands')}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    epilog=f"\b\nExit codes:\n{_CODES}",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="featurestore", message="%(package)s %(version)s")
def main() -> None:
    """A feature store: features declared in YAML, point-in-time training frames, online look-ups.

    `featurestore init my_features` writes a repository to start from. Each command works on the one in the present
    folder, or in the folder given with --repository.
    """
