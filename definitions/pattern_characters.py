"""What stands for one character in a pattern: itself, an escape, a dot or a class; read, and brought into one spelling.

All of it is ASCII's: `\\d` is 0 to 9 and `\\w` has no umlauts, as RE2 and Java have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from definitions.character_set import BLANKS, DIGITS, NOT_A_LINE_FEED, WORDS, CharacterSet, characters, union
from definitions.pattern_error import PatternError

_CONTROLS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_SPELT: Final = {character: f"\\{letter}" for letter, character in _CONTROLS.items()}
_MEANT: Final = frozenset("\\.^$*+?()[]{}|")
_MEANT_IN_CLASS: Final = frozenset("\\[]^-&~|")

_WHOLE: Final = "remove it: a pattern describes the whole text, from its beginning to its end"
_REFUSED: Final = {
    **dict.fromkeys("AZzG", ("anchors are not supported", _WHOLE)),
    **dict.fromkeys("bB", ("word boundaries are not supported", "write the characters that may stand beside the word")),
    **dict.fromkeys("123456789k", ("back references are not supported", "write out what may stand there again")),
    **dict.fromkeys("pP", ("Unicode classes are not supported", "list the characters in a class, such as [A-Za-zäöü]")),
    **dict.fromkeys("QE", ("quoting is not supported", "put a backslash before each character that has a meaning")),
    **dict.fromkeys("vhRH", ("the engines differ on it", "write \\s, \\x0B or \\n")),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a pattern, the characters that may stand there, and how it is spelt."""

    text: str
    characters: CharacterSet


# RE2 leaves the vertical tab out of \s, Java has it in.
_BLANK: Final = Place("[\\t-\\r ]", BLANKS)
_NOT_BLANK: Final = Place("[^\\t-\\r ]", BLANKS.complement())
_BLANK_IN_CLASS: Final = Place("\\t-\\r ", BLANKS)
# Java's dot leaves out more line ends than RE2's.
_ANY: Final = Place("[^\\n]", NOT_A_LINE_FEED)
_CLASSES: Final = {
    "d": Place("\\d", DIGITS),
    "D": Place("\\D", DIGITS.complement()),
    "w": Place("\\w", WORDS),
    "W": Place("\\W", WORDS.complement()),
}


class Cursor:
    """A text that is read from left to right; `at` is the offset of what comes next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def is_at_end(self) -> bool:
        return self.at >= len(self.text)

    def sees(self, signs: str) -> bool:
        """Whether the next character is one of these."""
        return not self.is_at_end and self.text[self.at] in signs

    def ahead(self, count: int) -> str:
        """The next characters, fewer at the end; they are not passed."""
        return self.text[self.at : self.at + count]

    def take(self, count: int = 1) -> str:
        """The next characters, which are passed; fewer at the end."""
        taken = self.ahead(count)
        self.at += len(taken)
        return taken


def read_place(cursor: Cursor) -> Place:
    """What stands for the next character.

    Raises:
        PatternError: it has another meaning, or none that all engines share.
    """
    at, character = cursor.at, cursor.take()
    match character:
        case "[":
            return _read_class(cursor, at)
        case ".":
            return _ANY
        case "\\":
            return _read_escape(cursor, at)
        case "^" | "$":
            raise PatternError(f"{character} is not supported", _WHOLE, at)
        case "*" | "+" | "?":
            raise PatternError(f"{character} has nothing to repeat", f"write \\{character} for the character", at)
        case "{" | "}" | "]":
            raise PatternError(f"{character} stands alone", f"write \\{character} for the character", at)
    return _place(character)


def _place(character: str) -> Place:
    spelt = f"\\{character}" if character in _MEANT else _spell(character)
    return Place(spelt, characters(character, character))


def _spell(character: str) -> str:
    return _SPELT.get(character) or (f"\\x{ord(character):02X}" if ord(character) < 32 else character)


def _spell_in_class(character: str) -> str:
    return f"\\{character}" if character in _MEANT_IN_CLASS else _spell(character)


def _read_escape(cursor: Cursor, at: int) -> Place:
    letter = cursor.take()
    if letter in ("s", "S"):
        return _BLANK if letter == "s" else _NOT_BLANK
    return _CLASSES[letter] if letter in _CLASSES else _place(_escaped(cursor, letter, at))


def _escaped(cursor: Cursor, letter: str, at: int) -> str:
    """The character that a backslash and this letter, which have been passed, stand for."""
    if letter in _CONTROLS:
        return _CONTROLS[letter]
    if letter == "x":
        digits = cursor.take(2)
        if len(digits) == 2 and set(digits) <= set("0123456789abcdefABCDEF"):
            return chr(int(digits, 16))
        raise PatternError("\\x needs two hexadecimal digits", "or write the character itself", at)
    if not letter:
        raise PatternError("the pattern ends with a backslash", "write \\\\ for the character", at)
    if letter.isascii() and letter.isprintable() and not letter.isalnum():
        return letter
    what, hint = _REFUSED.get(letter, ("not all engines know it", "write the character itself"))
    raise PatternError(f"\\{letter}: {what}", hint, at)


def _read_class(cursor: Cursor, at: int) -> Place:
    negated = cursor.sees("^")
    cursor.take(negated)
    if cursor.sees("]"):
        raise PatternError("a class holds something", "write \\] for the character", cursor.at)
    parts: list[Place] = []
    while not cursor.sees("]"):
        if cursor.is_at_end:
            raise PatternError("this [ is not closed", "add a ], or write \\[ for the character", at)
        parts.append(_read_part(cursor, is_first=not parts))
    cursor.take()
    held = union(part.characters for part in parts)
    text = f"[{'^' if negated else ''}{''.join(part.text for part in parts)}]"
    return Place(text, held.complement() if negated else held)


def _read_part(cursor: Cursor, is_first: bool) -> Place:
    """A character, a range or a class in a class."""
    at = cursor.at
    first = _read_end(cursor, is_first)
    if isinstance(first, Place):
        return first
    if not cursor.sees("-") or cursor.ahead(2) in ("-]", "-"):
        return Place(_spell_in_class(first), characters(first, first))
    cursor.take()
    last = _read_end(cursor, is_first=True)
    if isinstance(last, Place) or last < first:
        hint = "the lesser character comes first; write \\- for a -"
        raise PatternError(f"{cursor.text[at : cursor.at]} is no range", hint, at)
    return Place(f"{_spell_in_class(first)}-{_spell_in_class(last)}", characters(first, last))


def _read_end(cursor: Cursor, is_first: bool) -> str | Place:
    """A character, which may be an end of a range, or a class such as `\\d`."""
    at, character = cursor.at, cursor.take()
    if character == "[":
        hint = "write \\[ for the character, and a class such as [:alpha:] as A-Za-z"
        raise PatternError("classes are not nested", hint, at)
    if character == "&" and cursor.sees("&"):
        raise PatternError("&& is not supported", "write out the characters that are meant", at)
    if character == "-" and not (is_first or cursor.sees("]")):
        raise PatternError("- stands between no two characters", "write \\- for the character", at)
    if character != "\\":
        return character
    letter = cursor.take()
    if letter == "s":
        return _BLANK_IN_CLASS
    if letter == "S":
        raise PatternError("\\S is not supported in a class", "write [^..] with the characters not meant", at)
    return _CLASSES[letter] if letter in _CLASSES else _escaped(cursor, letter, at)
