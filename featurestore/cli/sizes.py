"""Sizes on the command line."""

from __future__ import annotations

from typing import Any

import click


class SizeType(click.ParamType):  # type: ignore[type-arg]  # generic in later versions only
    """A size such as 500MB, as bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from builders.figures import parse_size

        try:
            return value if isinstance(value, int) else parse_size(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
