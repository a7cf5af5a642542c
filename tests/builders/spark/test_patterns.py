"""Patterns match the same texts on DuckDB and on Spark, and as Python reads them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.duckdb.connection import DuckDBSettings, open_database
from builders.spark.engine import SparkEngine
from builders.spark.statements import Statements
from definitions.pattern_error import PatternError
from definitions.patterns import LONGEST_TEXT, read_pattern

ATOMS = [
    *("a", "b", "A", "1", "_", " ", "-", "é", "😀", "&", "/", "#", ",", "~"),
    *(".", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\.", r"\-", r"\\", r"\t", r"\n", r"\r", r"\f", r"\x41", r"\x0B"),
    *(
        "[ab]",
        "[^a]",
        "[a-c1]",
        r"[\d_]",
        r"[^\s]",
        r"[\W]",
        r"[^\W]",
        "[-a]",
        "[a-]",
        r"[a\]^]",
        "[&~|]",
        "[ -~]",
        "[é😀-😂]",
    ),
]
SIGNS = ["?", "*", "+", "*?", "+?", "{2}", "{1,3}", "{2,}", "{0,2}?"]
CHARACTERS = "abcA1_ -.,é😀&~^]\\|\t\n\v\f\r\x00\x85\u2028\u00a0٣"


def _is_read(text: str) -> bool:
    try:
        read_pattern(text)
    except PatternError:
        return False
    return True


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    sequences = st.lists(inner, min_size=2, max_size=4).map("".join)
    alternatives = st.lists(inner, min_size=2, max_size=3).map(lambda held: f"({'|'.join(held)})")
    return (
        sequences | alternatives | st.tuples(inner, st.sampled_from(SIGNS)).map(lambda held: f"(?:{held[0]}){held[1]}")
    )


PATTERNS = st.recursive(st.sampled_from(ATOMS), _larger, max_leaves=8).filter(_is_read)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, str]:
    """A pattern, as it is read, and a text, which it may describe."""
    pattern = read_pattern(draw(PATTERNS))
    described = st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
    texts = st.text(CHARACTERS, max_size=8) | st.text("ab1", max_size=24)
    return pattern, draw(texts | described.filter(lambda text: text.isprintable() or len(text) < 40))


@pytest.fixture(scope="module")
def opened(engine: SparkEngine) -> Iterator[Statements]:
    with engine.working("testing") as statements:
        yield statements


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    database = open_database(DuckDBSettings())
    yield database
    database.close()


def on_duckdb(database: duckdb.DuckDBPyConnection, table: pa.Table) -> list[bool]:
    database.register("patterns", table)
    return [row[0] for row in database.execute("select regexp_full_match(text, pattern) from patterns").fetchall()]


def on_spark(opened: Statements, table: pa.Table) -> list[bool]:
    opened.session.createDataFrame(table).createOrReplaceTempView("patterns")
    anchored = r"select text rlike concat('\\A(?:', pattern, ')\\z') from patterns"
    return [row[0] for row in opened.session.sql(anchored).collect()]


def table_of(pairs: list[tuple[str, str]]) -> pa.Table:
    return pa.table({"pattern": [pattern for pattern, _ in pairs], "text": [text for _, text in pairs]})


@given(st.lists(cases(), min_size=1, max_size=30))
def test_a_pattern_describes_the_same_texts_everywhere(
    opened: Statements, database: duckdb.DuckDBPyConnection, pairs: list[tuple[str, str]]
) -> None:
    table = table_of(pairs)
    ours = [bool(re.fullmatch(pattern, text, re.ASCII)) for pattern, text in pairs]
    assert on_duckdb(database, table) == ours
    assert on_spark(opened, table) == ours


def test_what_stands_for_one_character_stands_for_the_same_ones_everywhere(
    opened: Statements, database: duckdb.DuckDBPyConnection
) -> None:
    pairs = [(read_pattern(atom), character) for atom in ATOMS for character in CHARACTERS]
    ours = [bool(re.fullmatch(pattern, text, re.ASCII)) for pattern, text in pairs]
    assert on_duckdb(database, table_of(pairs)) == ours
    assert on_spark(opened, table_of(pairs)) == ours


LOOPS = ["(a+)+b", "(a|aa)+b", "(a|ab|b)*c", r"(\w+\s?)+\.", "(([a-z]{1,9},){1,9})+b", "(a{1,9})+b", "([a-z]+-?)+;"]


@pytest.mark.parametrize("loop", LOOPS)
def test_loops_over_the_longest_text_end_on_spark(opened: Statements, loop: str) -> None:
    texts = [(unit * LONGEST_TEXT)[:LONGEST_TEXT] for unit in ("a", "ab", "a,", "a-")]
    begun = time.monotonic()
    answers = on_spark(opened, table_of([(read_pattern(loop), text) for text in texts]))
    assert not any(answers)
    assert time.monotonic() - begun < 30
