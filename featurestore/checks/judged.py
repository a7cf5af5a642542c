"""What came of one check, and which of the days or boundaries that break it are to be held back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from definitions.expectation import Check, Freshness
from definitions.fingerprint import digest
from featurestore.context import Context
from quality.judgement import Judgement, check_key


@dataclass(frozen=True)
class Judged:
    """The judgements of one `check`, called `name`, of a source's days or of a view's boundaries, in their order; what
    they are `about`, findings of them hold.

    `inputs` tells what a day or boundary is made of, `is_there` whether it is one at all. With `holds` what breaks a
    check that blocks is held back.
    """

    context: Context
    about: Mapping[str, Any]
    name: str
    check: Check
    judgements: tuple[Judgement, ...]
    inputs: Callable[[int], str]
    is_there: Callable[[int], bool]
    holds: bool

    @property
    def subject(self) -> str:
        """What a finding of it is called: `flights:arr_delay:range`, `spending:spent_1d:range`."""
        return f"{self.about.get('source') or self.about['view']}:{self.name}"

    @property
    def is_of_now(self) -> bool:
        """Whether it is about how things stand now, so that what comes later replaces what was found before; of days
        each stands for itself."""
        return self.about["unit"] == "boundary" or isinstance(self.check, Freshness)

    @cached_property
    def broken(self) -> tuple[Judgement, ...]:
        """The judgements that found something that nobody accepted."""
        found = tuple(each for each in self.judgements if each.figures is not None)
        accepted = self.context.registry.acceptances.of(self.subject) if found else frozenset()
        return tuple(each for each in found if (each.instant, self.evidence(each)) not in accepted)

    @cached_property
    def withheld(self) -> tuple[Judgement, ...]:
        """Those of them for which rows or values are to be held back."""
        return tuple(each for each in self.broken if self.holds and self.check.severity == "block")

    def evidence(self, judgement: Judgement) -> str:
        """What an acceptance is of: this check, of what its day or boundary is made of."""
        return digest([check_key(self.check), self.inputs(judgement.instant)])


def always(instant: int) -> bool:
    """Of what is a day or boundary whatever is in it."""
    return True
