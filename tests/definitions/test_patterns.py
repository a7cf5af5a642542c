"""Patterns: what is read, in which spelling, and what is refused with what to write instead.

That engines agree on them is proved in `tests/builders/spark/test_patterns.py`.
"""

from __future__ import annotations

import pytest

from definitions.pattern_error import PatternError
from definitions.patterns import read_pattern


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("[A-Z]{2}", "[A-Z]{2}"),
        (r"N\d{1,5}[A-Z]{0,2}", r"N\d{1,5}[A-Z]{0,2}"),
        ("(new|used)?", "(?:new|used)?"),
        ("(a)(?:b)((c))", "abc"),
        ("(ab)+?", "(?:ab)+"),
        ("a*?", "a*"),
        (".", r"[^\n]"),
        (r"\s\S", r"[\t-\r ][^\t-\r ]"),
        (r"[\s,]", r"[\t-\r ,]"),
        (r"[-.+]", r"[\-.+]"),
        (r"[a-]", r"[a\-]"),
        (r"[\w.+-]+@[\w-]+\.[\w.]+", r"[\w.+\-]+@[\w\-]+\.[\w.]+"),
        (r"\/\_\-\x41\x0b", r"/_-A\x0B"),
        ("a\tb", r"a\tb"),
        ("{2}".join("ab") + "{1,1}", "a{2}b{1}"),
        ("x{3,}", "x{3,}"),
        ("ä|😀", "ä|😀"),
        (r"(\d{1,3}\.){3}\d{1,3}", r"(?:\d{1,3}\.){3}\d{1,3}"),
        (r"(:[0-9a-f]{1,4}){7}", r"(?::[0-9a-f]{1,4}){7}"),
        ("[a-z]+(-[a-z]+)*", "[a-z]+(?:-[a-z]+)*"),
        ("(a+b|c)+", "(?:a+b|c)+"),
    ],
)
def test_a_pattern_has_one_spelling(text: str, spelt: str) -> None:
    assert read_pattern(text) == spelt
    assert read_pattern(spelt) == spelt


@pytest.mark.parametrize(
    ("text", "offset", "message", "suggestion"),
    [
        ("", 0, "here is nothing that a text could be", "(ab)?"),
        ("a|", 2, "here is nothing that a text could be", "(ab)?"),
        ("a()", 2, "here is nothing that a text could be", "(ab)?"),
        ("^a", 0, "^ is not supported", "from its beginning to its end"),
        ("a$", 1, "$ is not supported", "from its beginning to its end"),
        (r"\Aa\z", 0, r"\A: anchors are not supported", "from its beginning to its end"),
        (r"a\b", 1, r"\b: word boundaries are not supported", "beside the word"),
        (r"(a)\1", 3, r"\1: back references are not supported", "write out"),
        ("(?=a)b", 0, "(?=: looking around is not supported", "write out"),
        ("(?<!a)b", 0, "(?<!: looking around is not supported", "write out"),
        ("(?P<year>a)", 0, "(?P: named groups are not supported", "without a name"),
        ("(?<year>a)", 0, "(?<: named groups are not supported", "without a name"),
        ("(?>a)", 0, "(?>: atomic groups are not supported", "(?: instead"),
        ("(?i)a", 0, "(?i: flags are not supported", "[Aa]"),
        ("a++", 2, "one sign of repetition is enough", "( )"),
        ("a{2}{3}", 4, "one sign of repetition is enough", "( )"),
        ("*a", 0, "* has nothing to repeat", r"\*"),
        ("a{,3}", 1, "a count is written {3}, {2,} or {2,5}", r"\{"),
        ("a{3,2}", 1, "{3,2} is no count of rounds", "the greater number comes last"),
        ("a{1001}", 1, "1,001 rounds are too many", "1,000 at most"),
        ("((ab){40}){30}", 10, "1,200 rounds are too many", "nested ones multiplied"),
        ("[a-c]{700}[^,]{700}", 0, "written out, the pattern has 2,100 parts, 2,000 at most are supported", "* or +"),
        ("(a*)*", 0, "what is repeated may be empty", "every round"),
        ("x(a|b?)+", 1, "what is repeated may be empty", "every round"),
        ("(a{1,9}){1,9}", 0, "counted rounds of several lengths would take exponential time on Spark", "* or +"),
        ("([a-z]+-?){2,}", 0, "counted rounds of several lengths would take exponential time on Spark", "begin or end"),
        ("a}", 1, "} stands alone", r"\}"),
        ("a)", 1, "there is no ( to this )", r"\)"),
        ("(a", 0, "this ( is not closed", r"\("),
        ("[a", 0, "this [ is not closed", r"\["),
        ("[]a]", 1, "a class holds something", r"\]"),
        ("[[:alpha:]]", 1, "classes are not nested", "A-Za-z"),
        ("[a-z&&b]", 4, "&& is not supported", "write out the characters"),
        ("[z-a]", 1, "z-a is no range", "the lesser character comes first"),
        (r"[a-\d]", 1, r"a-\d is no range", r"\- for a -"),
        ("[a-c-e]", 4, "- stands between no two characters", r"\-"),
        (r"[\S]", 1, r"\S is not supported in a class", "[^..]"),
        (r"\p{L}", 0, r"\p: Unicode classes are not supported", "[A-Za-z"),
        (r"\Qa\E", 0, r"\Q: quoting is not supported", "backslash"),
        (r"\v", 0, r"\v: the engines differ on it", r"\x0B"),
        (r"\é", 0, r"\é: not all engines know it", "the character itself"),
        (r"\x4", 0, r"\x needs two hexadecimal digits", "the character itself"),
        ("a\\", 1, "the pattern ends with a backslash", r"\\"),
        ("(" * 51 + "a" + ")" * 51, 50, "groups are nested more than 50 deep", "flatter"),
    ],
)
def test_what_not_all_engines_understand_alike_is_refused(
    text: str, offset: int, message: str, suggestion: str
) -> None:
    with pytest.raises(PatternError) as refused:
        read_pattern(text)
    assert (refused.value.offset, refused.value.message) == (offset, message)
    assert suggestion in refused.value.suggestion
