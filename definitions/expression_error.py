"""What is raised for a text that is no expression."""

from __future__ import annotations


class ExpressionError(ValueError):
    """The text is no expression that can be computed.

    `message` says what is wrong, `suggestion` what to write instead (may be empty), `offset` where in the text it
    stands, counted in characters from 0.
    """

    def __init__(self, message: str, suggestion: str = "", offset: int = 0) -> None:
        self.message = message
        self.suggestion = suggestion
        self.offset = offset
        super().__init__(f"{message} ({suggestion})" if suggestion else message)
