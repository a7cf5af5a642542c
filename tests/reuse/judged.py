"""Random pairs, what the search says of them, and what their values say of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from builders.reuse.derivation import derive
from builders.reuse.known_columns import KnownColumn, KnownColumns
from builders.reuse.value_form import form_of
from definitions.model import Feature
from tests.reuse.computed import TYPES, Computed, disagreement, hard_rows
from tests.reuse.random_features import RandomPair, derived, mistaken, rebuilt

KINDS: tuple[Callable[[Random], RandomPair], ...] = (rebuilt, derived, mistaken)
ROWS_CHANGE_AFTER: int = 100


@dataclass
class Judgement:
    """How many pairs of each making there were and were found, and every claim that values refute."""

    pairs: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def claims(self) -> int:
        """How often the search said that something exists or can be derived."""
        return sum(self.found.values())

    @property
    def precision(self) -> float:
        """The share of claims that values do not refute."""
        return 1.0 if not self.claims else 1 - len(self.false) / self.claims

    def recall(self, *makings: str) -> float:
        """The share of pairs that were found, of some makings or of all but mistakes."""
        asked = makings or tuple(name for name in self.pairs if name != "a mistake")
        pairs = sum(self.pairs[name] for name in asked)
        return sum(self.found[name] for name in asked) / pairs


def judge(pairs: int, seed: int) -> Judgement:
    """Ask the search about that many random pairs, and hold each claim against the values of both sides."""
    random, judgement = Random(seed), Judgement()
    computed: Computed | None = None
    for number, pair in enumerate(_draw(pairs, random)):
        if computed is None or number % ROWS_CHANGE_AFTER == 0:
            computed = Computed(hard_rows(seed + number))
        _judge_pair(pair, computed, judgement)
    return judgement


def _draw(pairs: int, random: Random) -> Iterator[RandomPair]:
    for number in range(pairs):
        yield KINDS[number % len(KINDS)](random)


def _judge_pair(pair: RandomPair, computed: Computed, judgement: Judgement) -> None:
    there = {f"f{number}": Feature(name=f"f{number}", **held) for number, held in enumerate(pair.have)}
    want = Feature(name="want", **pair.want)
    known = [KnownColumn("there", name, form_of(feature, TYPES)) for name, feature in there.items()]
    judgement.pairs[pair.made_by] += 1
    derivation = derive(form_of(want, TYPES), KnownColumns(known))
    if derivation is None:
        if pair.made_by != "a mistake":
            judgement.missed.append(f"{pair.made_by}: {pair.want} of {list(pair.have)}")
        return
    judgement.found[pair.made_by] += 1
    types = {f"there.{column.name}": column.form.type for column in known}
    different = disagreement(computed.values(want), computed.derived(derivation, there, types))
    if different is not None:
        judgement.false.append(f"{pair.want} is not {derivation.expression} of {list(pair.have)}: {different}")
