"""What is raised for a text that is no pattern."""

from __future__ import annotations


class PatternError(ValueError):
    """The text is no pattern that all engines understand alike.

    `message` says what is wrong, `suggestion` what to write instead, `offset` where in the text it stands, counted in
    characters from 0.
    """

    def __init__(self, message: str, suggestion: str, offset: int) -> None:
        self.message = message
        self.suggestion = suggestion
        self.offset = offset
        super().__init__(f"{message} ({suggestion})")
