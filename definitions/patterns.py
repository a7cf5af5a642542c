"""Patterns: the regular expressions that RE2 (DuckDB) and Java (Spark) understand alike.

There are characters, `.` (any but a line feed), classes (`[a-z_]`, `[^,]`, `\\d`, `\\w`, `\\s` and their opposites),
groups, `|`, and repetition by `?`, `*`, `+`, `{3}`, `{2,}` and `{2,5}`. The whole text has to be what the pattern
describes, so there is nothing for anchors to do, nor for lazy repetition, which is read as the greedy one.

RE2 takes time in proportion to the text. Java tries one way after the other: a loop remembers where it failed, but
counted rounds do not. So these are refused where a round could end at several places, which would take exponential
time. What is left is polynomial, by as many parts without bound as stand side by side. Java's loops over groups take
stack for each round, too; hence a text of more than 1,000 characters (`LONGEST_TEXT`) matches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from definitions.character_set import CharacterSet, union
from definitions.pattern_characters import Cursor, read_place
from definitions.pattern_error import PatternError

LONGEST_TEXT: Final = 1_000
"""How many characters a text may have; whoever asks an engine has it match nothing longer. With the 1 MiB of stack that
a thread of Java has, `(a|bb)*` overflowed between 1,000 and 2,000, and Spark ends a process that overflows. Over 1,000
characters that do not match, `(a+)+b` took 0.2 s on Java 17, `(\\w+\\s?)+!` as long, and `.*.*.*b` 3.6 s."""

_MOST_ROUNDS: Final = 1_000
_GREATEST_SIZE: Final = 2_000
_DEEPEST: Final = 50
_REPETITION: Final = "*+?{"

_GROUPS: Final = {
    **dict.fromkeys(("?=", "?!", "?<=", "?<!"), ("looking around is not supported", "write out what may stand there")),
    **dict.fromkeys(("?P", "?<"), ("named groups are not supported", "write ( without a name")),
    "?>": ("atomic groups are not supported", "write (?: instead"),
    "?#": ("comments are not supported", "write a comment of YAML"),
}


def read_pattern(text: str) -> str:
    """The pattern as all engines get it: to be matched from beginning to end, with no groups that capture.

    Raises:
        PatternError: the text is malformed, or says what not all of them understand.
    """
    return _Reader(text).read()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a pattern in its one spelling, and the characters in the texts that it describes.

    `shortest` and `longest` (`None`: without bound) are the lengths of such texts. `size` is how much there is of it
    when counted rounds are written out, `rounds` how often its parts are counted at most. `is_atom`: a sign of
    repetition may follow it. `is_separated`: it begins or ends with one character that stands nowhere else in it.
    """

    text: str
    characters: CharacterSet
    shortest: int = 1
    longest: int | None = 1
    size: int = 1
    rounds: int = 1
    is_atom: bool = False
    is_separated: bool = False


class _Reader:
    def __init__(self, text: str) -> None:
        self._cursor = Cursor(text)
        self._depth = 0

    def read(self) -> str:
        piece = self._alternatives()
        if not self._cursor.is_at_end:
            raise PatternError("there is no ( to this )", "write \\) for the character", self._cursor.at)
        return piece.text

    def _alternatives(self) -> _Piece:
        pieces = [self._sequence()]
        while self._cursor.sees("|"):
            self._cursor.take()
            pieces.append(self._sequence())
        if len(pieces) == 1:
            return pieces[0]
        lengths = [piece.longest for piece in pieces if piece.longest is not None]
        return _sized(_Piece(
            "|".join(piece.text for piece in pieces),
            union(piece.characters for piece in pieces),
            min(piece.shortest for piece in pieces),
            max(lengths) if len(lengths) == len(pieces) else None,
            sum(piece.size for piece in pieces),
            max(piece.rounds for piece in pieces),
        ))  # fmt: skip

    def _sequence(self) -> _Piece:
        pieces = []
        while not (self._cursor.is_at_end or self._cursor.sees("|)")):
            pieces.append(self._repeated())
        if not pieces:
            hint = "write what may be left out with a question mark: (ab)?"
            raise PatternError("here is nothing that a text could be", hint, self._cursor.at)
        if len(pieces) == 1:
            return pieces[0]
        lengths = [piece.longest for piece in pieces if piece.longest is not None]
        return _sized(_Piece(
            "".join(piece.text for piece in pieces),
            union(piece.characters for piece in pieces),
            sum(piece.shortest for piece in pieces),
            sum(lengths) if len(lengths) == len(pieces) else None,
            sum(piece.size for piece in pieces),
            max(piece.rounds for piece in pieces),
            is_separated=_is_separated(pieces),
        ))  # fmt: skip

    def _repeated(self) -> _Piece:
        start = self._cursor.at
        piece = self._atom()
        at = self._cursor.at
        if not self._cursor.sees(_REPETITION):
            return piece
        least, most = self._rounds()
        if self._cursor.sees("?"):
            self._cursor.take()
        if self._cursor.sees(_REPETITION):
            raise PatternError("one sign of repetition is enough", "put what is repeated in ( )", self._cursor.at)
        _refuse_rounds(piece, least, most, start, at)
        sign = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((least, most)) or _spell_count(least, most)
        written_out = most or max(least, 1)
        return _sized(replace(
            piece,
            text=(piece.text if piece.is_atom else f"(?:{piece.text})") + sign,
            shortest=piece.shortest * least,
            longest=None if most is None or piece.longest is None else piece.longest * most,
            size=piece.size * written_out,
            rounds=piece.rounds * written_out,
            is_atom=False,
            is_separated=False,
        ))  # fmt: skip

    def _rounds(self) -> tuple[int, int | None]:
        """How often at least and at most, by the sign of repetition that comes next."""
        at, sign = self._cursor.at, self._cursor.take()
        if sign != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        written, closed, _ = self._cursor.text[self._cursor.at :].partition("}")
        first, comma, last = written.partition(",")
        if not (closed and _is_number(first) and (not last or _is_number(last))):
            raise PatternError("a count is written {3}, {2,} or {2,5}", "write \\{ for the character", at)
        self._cursor.take(len(written) + 1)
        least = int(first)
        most = least if not comma else int(last) if last else None
        if most is not None and (most < least or most == 0):
            hint = "the greater number comes last, and is not 0"
            raise PatternError(f"{{{written}}} is no count of rounds", hint, at)
        return least, most

    def _atom(self) -> _Piece:
        if self._cursor.sees("("):
            return self._group()
        place = read_place(self._cursor)
        return _Piece(place.text, place.characters, size=len(place.characters.ranges), is_atom=True)

    def _group(self) -> _Piece:
        at = self._cursor.at
        self._cursor.take()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise PatternError(f"groups are nested more than {_DEEPEST} deep", "write it flatter", at)
        if self._cursor.sees("?"):
            self._open(at)
        inner = self._alternatives()
        if not self._cursor.sees(")"):
            raise PatternError("this ( is not closed", "add a ), or write \\( for the character", at)
        self._cursor.take()
        self._depth -= 1
        return inner if inner.is_atom else replace(inner, text=f"(?:{inner.text})", is_atom=True)

    def _open(self, at: int) -> None:
        """Pass what makes a group one that does not capture."""
        ahead = self._cursor.ahead(3)
        if ahead.startswith("?:"):
            self._cursor.take(2)
            return
        known = next((ahead[:length] for length in (3, 2) if ahead[:length] in _GROUPS), None)
        what, hint = _GROUPS[known] if known else ("flags are not supported", "write both cases, such as [Aa]")
        raise PatternError(f"({known or ahead[:2]}: {what}", hint, at)


def _is_separated(pieces: Sequence[_Piece]) -> bool:
    ends = ((pieces[0], pieces[1:]), (pieces[-1], pieces[:-1]))
    return any(
        end.shortest == end.longest == 1 and not end.characters.overlaps(union(each.characters for each in others))
        for end, others in ends
    )


def _refuse_rounds(piece: _Piece, least: int, most: int | None, start: int, at: int) -> None:
    """Refuse rounds that RE2 has no room for, on which the engines differ, or that Java would take for ever over."""
    rounds = piece.rounds * (most or max(least, 1))
    if rounds > _MOST_ROUNDS:
        hint = f"{_MOST_ROUNDS:,} at most, those of nested ones multiplied; or use * or +"
        raise PatternError(f"{rounds:,} rounds are too many", hint, at)
    if most != 1 and piece.shortest == 0:
        raise PatternError("what is repeated may be empty", "let some part of it stand in every round", start)
    is_counted = (most is not None and most > 1) or (most is None and least > 1)
    if is_counted and piece.shortest != piece.longest and not piece.is_separated:
        hint = "use * or +, or let each round begin or end with a character that stands nowhere else in it"
        raise PatternError("counted rounds of several lengths would take exponential time on Spark", hint, start)


def _sized(piece: _Piece) -> _Piece:
    if piece.size > _GREATEST_SIZE:
        message = f"written out, the pattern has {piece.size:,} parts, {_GREATEST_SIZE:,} at most are supported"
        raise PatternError(message, "use * or + where there are many rounds", 0)
    return piece


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


def _spell_count(least: int, most: int | None) -> str:
    return f"{{{least}}}" if least == most else f"{{{least},{'' if most is None else most}}}"
