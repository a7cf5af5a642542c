"""Expectations suggested for what a view reads, from the days that its sources have: the rows are read twice, once for
a sample and once to count."""

from __future__ import annotations

from dataclasses import dataclass, replace

from builders.profiles import LookAtRows
from definitions.columns import own_types
from definitions.durations import DAY
from definitions.model import Repository, ServiceEntry
from definitions.relation import resolve_view
from definitions.terms import render_name
from featurestore.checks.feature_suggestion import FeatureSuggestion, suggest_for_features
from featurestore.checks.judge_source import REMEMBERED, SAMPLE, freeze_references
from featurestore.checks.relation_parts import parts_of
from featurestore.checks.source_days import SourceDays, profile_of
from featurestore.checks.source_suggestion import SourceSuggestion
from featurestore.checks.stored_values import SAMPLE as ENTITIES
from featurestore.context import Context
from featurestore.resolve import Applied
from featurestore.survey import survey_source
from quality.judgement import check_name
from quality.suggest import Proposal
from quality.suggestions.history import SourceHistory, SourceSample


@dataclass(frozen=True)
class Suggestion:
    """What to expect of each source that a view reads, its own or the members of its union and its dimensions', and of
    the view's features."""

    view: str
    sources: tuple[SourceSuggestion, ...]
    features: tuple[FeatureSuggestion, ...]

    @property
    def yaml(self) -> str:
        """All of it to paste, each under the source or feature that it is of."""
        return "\n".join([*(each.yaml for each in self.sources), *(each.yaml for each in self.features)])


def suggest_expectations(context: Context, applied: Applied, view: str, full: bool) -> Suggestion:
    """What held on the days of the last half year that were over, but for those that break what is expected already,
    and at the boundaries that are stored, over a sample of entities or, with `full`, all.

    What is expected already is not suggested again. What days are like is remembered, so that checks need not read
    them once more.

    Raises:
        RequestError: there is no such view.
        SourceError: a source cannot be read.
    """
    found = applied.view(ServiceEntry(view=view))
    relation = resolve_view(found, applied.repository.sources)
    until = (context.clock.now() - found.delay.microseconds) // DAY * DAY
    parts = [part for part in parts_of(relation, survey_source(context, relation)) if not part.is_union]
    return Suggestion(
        view,
        tuple(_suggest(SourceDays(context, part, until), applied.repository) for part in parts),
        suggest_for_features(context, applied.view_columns(found), context.clock.now(), None if full else ENTITIES),
    )


def _suggest(days: SourceDays, repository: Repository) -> SourceSuggestion:
    source = days.source
    whole = [day for day in days.present if days.is_whole(day)][-REMEMBERED:]
    if not whole:
        return SourceSuggestion(source)
    proposal = Proposal(_look(days, whole, _keys(repository, source.name)))
    profiles = proposal.sample.profiles.values()
    references = freeze_references(days, profiles, proposal.sample.seen)
    statistics = proposal.statistics(references)
    measured = days.measure(whole, statistics)
    # A day that breaks what is expected already says nothing of what is usual.
    clean = [day for day in whole if not any(measured[day].judged.values())]
    left_out = frozenset(whole) - frozenset(clean)
    of_days = {day: profile_of(measured[day], statistics) for day in clean}
    history = SourceHistory(proposal.sample, of_days, references, left_out)
    there = {check_name(check) for check in source.expect}
    suggested = tuple(each for each in proposal.settle(history) if check_name(each.check) not in there)
    return SourceSuggestion(source, suggested, history.rows, history.span, len(clean), len(left_out))


def _look(days: SourceDays, chosen: list[int], keys: tuple[tuple[str, ...], ...]) -> SourceSample:
    """A sample of rows, by what rules and references look at: each column, and the hours of the timestamp."""
    sample = SourceSample(days.source, {}, keys, days.part.personal)
    wanted = dict.fromkeys([*map(render_name, sample.types), *_expressions(sample)])
    names = {of: f"value_{place}" for place, of in enumerate(wanted)}
    asked = LookAtRows(days.rows(chosen[0], chosen[-1]), {name: of for of, name in names.items()}, SAMPLE)
    looked = days.context.engine.look_at_rows(asked)
    values = {of: looked.column(name).to_pylist() for of, name in names.items()}
    return replace(sample, values={name: values[render_name(name)] for name in sample.types}, seen=values)


def _expressions(sample: SourceSample) -> list[str]:
    return [profile.of for profile in sample.profiles.values() if profile.of is not None]


def _keys(repository: Repository, name: str) -> tuple[tuple[str, ...], ...]:
    """The columns of a source by which something is told apart: of entities where views read it or a union that it is
    in, and where it stands beside other rows."""
    found: dict[tuple[str, ...], None] = {}
    for view in repository.feature_views.values():
        if name in (view.source, *repository.sources[view.source].union):
            entity = repository.entities[view.entity]
            found[tuple(view.keys.get(key, key) for key in entity.keys)] = None
        for join in view.join:
            if name in (join.source, *repository.sources[join.source].union):
                found[tuple(join.on.values())] = None
    types = own_types(repository.sources[name])
    return tuple(key for key in found if set(key) <= types.keys())
