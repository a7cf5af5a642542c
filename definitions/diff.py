"""What changes between two states of a repository, in plain words, and whom it affects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final, Literal

from definitions.columns import FeatureColumn, column_names, feature_columns, service_columns
from definitions.expectation_words import spell_changes
from definitions.fingerprint import column_fingerprint, entity_fingerprint, service_fingerprint, source_fingerprint
from definitions.loaded import Kind
from definitions.model import Definition, FeatureService, FeatureView, Join, Repository, ServiceLevel
from definitions.relation import names_read, resolve_view

ChangeKind = Literal["new", "computation", "metadata", "breaking", "removed"]

_COMPUTED: Final = ("agg", "of", "where", "by", "top", "n", "quantile", "ttl", "nulls")
METADATA: Final = ("description", "owner", "team", "tags", "visibility", "lifecycle")


@dataclass(frozen=True, slots=True)
class Change:
    """One definition that differs.

    `change` is the gravest of what happened: `new`, `metadata` (nothing is computed anew), `computation`, `removed`,
    or `breaking` (whoever asks for it may fail: a column removed or retyped, keys changed, something removed that a
    service uses). `details` say it one by one. `affected` are the services that answer with it, before or after.
    """

    change: ChangeKind
    kind: Kind
    name: str
    details: tuple[str, ...] = ()
    affected: tuple[str, ...] = ()


def diff_repositories(before: Repository, after: Repository) -> tuple[Change, ...]:
    """What is new, changed, breaking or removed in `after`, entities first, by name within a kind.

    Both must have passed the rules.
    """
    unchanged = unchanged_views(before, after)
    services = {
        name
        for name, service in after.feature_services.items()
        if service == before.feature_services.get(name) and {entry.view for entry in service.features} <= unchanged
    }
    return (
        *_diff_kind("entity", before, after, _entity_changes),
        *_diff_kind("source", before, after, _source_changes),
        *_diff_kind("feature_view", before, after, _view_changes, unchanged),
        *_diff_kind("feature_service", before, after, _service_changes, services),
    )


def unchanged_views(before: Repository, after: Repository) -> set[str]:
    """The views that are word for word what they were, as are their entities and everything they read; most of a large
    repository, found without computing a fingerprint."""
    same = {
        kind: {name for name, each in _of_kind(kind, after).items() if _of_kind(kind, before).get(name) == each}
        for kind in ("entity", "source", "feature_view")
    }
    return {
        name
        for name in same["feature_view"]
        for view in (after.feature_views[name],)
        if view.entity in same["entity"] and names_read(view, after.sources) <= same["source"]
    }


_Detail = tuple[ChangeKind, str]
_Compare = Callable[[str, Repository, Repository], Iterator[_Detail]]
_GRAVITY: Final[tuple[ChangeKind, ...]] = ("metadata", "computation", "breaking")


def _diff_kind(
    kind: Kind, before: Repository, after: Repository, compare: _Compare, unchanged: Set[str] = frozenset()
) -> Iterator[Change]:
    old, new = _of_kind(kind, before), _of_kind(kind, after)
    for name in sorted({*old, *new} - unchanged):
        if name not in old:
            yield Change("new", kind, name, tuple(_introduce(kind, name, after)), _services(kind, name, after))
        elif name not in new:
            yield _removal(kind, name, before, after)
        else:
            details = [*compare(name, before, after), *_metadata_changes(old[name], new[name])]
            if details:
                gravest = max((change for change, _ in details), key=_GRAVITY.index)
                affected = sorted({*_services(kind, name, before), *_services(kind, name, after)})
                yield Change(gravest, kind, name, tuple(text for _, text in details), tuple(affected))


def _of_kind(kind: Kind, repository: Repository) -> Mapping[str, Definition]:
    by_kind: dict[Kind, Mapping[str, Definition]] = {
        "entity": repository.entities,
        "source": repository.sources,
        "feature_view": repository.feature_views,
        "feature_service": repository.feature_services,
    }
    return by_kind[kind]


def _introduce(kind: Kind, name: str, after: Repository) -> Iterator[str]:
    if kind == "feature_view":
        view = after.feature_views[name]
        yield f"columns {', '.join(column_names(view))}"
    elif kind == "feature_service":
        yield f"columns {', '.join(column.name for column in service_columns(after, after.feature_services[name]))}"


def _removal(kind: Kind, name: str, before: Repository, after: Repository) -> Change:
    affected = _services(kind, name, before)
    if kind == "feature_service":
        return Change("breaking", kind, name, ("models that ask for this service will fail",), (name,))
    still_there = tuple(service for service in affected if service in after.feature_services)
    if affected:
        text = f"used by {', '.join(affected)}"
        return Change("breaking", kind, name, (text,), still_there or affected)
    return Change("removed", kind, name)


def _services(kind: Kind, name: str, repository: Repository) -> tuple[str, ...]:
    """The services that answer with this definition."""
    if kind == "feature_service":
        return ()
    uses: dict[Kind, Callable[[FeatureView], bool]] = {
        "entity": lambda view: view.entity == name,
        "source": lambda view: name in names_read(view, repository.sources),
        "feature_view": lambda view: view.name == name,
    }
    views = {view.name for view in repository.feature_views.values() if uses[kind](view)}
    services = repository.feature_services.values()
    return tuple(sorted(each.name for each in services if any(entry.view in views for entry in each.features)))


def _entity_changes(name: str, before: Repository, after: Repository) -> Iterator[_Detail]:
    old, new = before.entities[name], after.entities[name]
    if entity_fingerprint(old) != entity_fingerprint(new):
        spelt = [", ".join(f"{key} {data_type}" for key, data_type in each.keys.items()) for each in (old, new)]
        yield "breaking", f"keys were {spelt[0]}, now {spelt[1]}"


def _source_changes(name: str, before: Repository, after: Repository) -> Iterator[_Detail]:
    old, new = before.sources[name], after.sources[name]
    # What changes in the members of a union stands with these.
    if old.union or new.union or source_fingerprint(old) != source_fingerprint(new):
        for key in ("path", "table", "format", "timestamp", "tiebreak", "dedupe", "union"):
            if getattr(old, key) != getattr(new, key):
                yield "computation", f"{key} was {_word(getattr(old, key))}, now {_word(getattr(new, key))}"
        columns = ({**old.columns, **old.partitions}, {**new.columns, **new.partitions})
        for column in sorted({*columns[0], *columns[1]}):
            first, second = (each[column].type if column in each else None for each in columns)
            if first is None or second is None:
                yield "computation", f"column {column} is {'gone' if second is None else 'new'}"
            elif first != second:
                yield "computation", f"column {column} was {first}, now {second}"
        if set(old.partitions) != set(new.partitions):
            yield "computation", "the partition columns differ"
    for column in sorted({*old.columns} & {*new.columns}):
        for key in ("description", "unit", "pii"):
            if getattr(old.columns[column], key) != getattr(new.columns[column], key):
                yield "metadata", f"{key} of the column {column}"
    yield from (("metadata", change) for change in spell_changes(old.expect, new.expect))
    yield from _values_changed(old, new, "on_block")


def _view_changes(name: str, before: Repository, after: Repository) -> Iterator[_Detail]:
    old, new = before.feature_views[name], after.feature_views[name]
    if old.entity != new.entity or _entity_of(old, before) != _entity_of(new, after):
        yield "breaking", f"entity {new.entity}: the keys to ask by differ (was {old.entity})"
    olds, news = _columns(old, before), _columns(new, after)
    for column in olds:
        if column not in news:
            yield "breaking", f"column {column} is gone"
        elif olds[column][0].type != news[column][0].type:
            yield "breaking", f"column {column} was {olds[column][0].type}, now {news[column][0].type}"
        elif olds[column][1] != news[column][1]:
            yield (
                "computation",
                f"column {column} is computed otherwise: {_reason(old, new, olds[column], news[column])}",
            )
        elif _feature_metadata(olds[column][0]) != _feature_metadata(news[column][0]):
            yield "metadata", f"description, unit or tags of the column {column}"
    for column in news:
        if column not in olds:
            yield "computation", f"column {column} is new"
    for feature in new.features:
        former = next((each for each in old.features if each.name == feature.name), feature)
        for change in spell_changes(former.expect, feature.expect):
            yield "metadata", f"feature {feature.name}: {change}"
    yield from _values_changed(old, new, "version", "keep", "sla", "on_block")
    if _spell_tests(old) != _spell_tests(new):
        yield "metadata", "tests"


def _values_changed(old: Definition, new: Definition, *keys: str) -> Iterator[_Detail]:
    """What is metadata and short enough to say what it was."""
    for key in keys:
        was, now = getattr(old, key), getattr(new, key)
        if was != now:
            yield "metadata", f"{key} was {_word(was)}, now {_word(now)}"


def _spell_tests(view: FeatureView) -> list[str]:
    """As JSON: what was applied before has its instants as text, what comes from YAML as datetimes."""
    return [test.model_dump_json() for test in view.tests]


def _entity_of(view: FeatureView, repository: Repository) -> str:
    return entity_fingerprint(repository.entities[view.entity])


def _columns(view: FeatureView, repository: Repository) -> dict[str, tuple[FeatureColumn, str]]:
    source, entity = resolve_view(view, repository.sources), repository.entities[view.entity]
    columns = feature_columns(view, source)
    return {column.name: (column, column_fingerprint(column, view, source, entity)) for column in columns}


def _reason(
    old: FeatureView, new: FeatureView, first: tuple[FeatureColumn, str], second: tuple[FeatureColumn, str]
) -> str:
    """What its text says otherwise; the source's own changes stand with the source."""
    pairs = [(key, getattr(old, key), getattr(new, key)) for key in ("source", "join", "every", "delay", "keys")]
    features = first[0].feature, second[0].feature
    pairs += [(key, *(getattr(each, key) for each in features)) for key in _COMPUTED]
    pairs.append(("window", first[0].window, second[0].window))
    differing = [f"{key} was {_word(was)}, now {_word(now)}" for key, was, now in pairs if was != now]
    return "; ".join(differing) or "its source or entity has changed"


def _feature_metadata(column: FeatureColumn) -> tuple[Any, ...]:
    feature = column.feature
    return feature.description, feature.unit, feature.tags, feature.pii


def _service_changes(name: str, before: Repository, after: Repository) -> Iterator[_Detail]:
    old, new = before.feature_services[name], after.feature_services[name]
    answers = [_answers(old, before), _answers(new, after)]
    for column in answers[0]:
        if column not in answers[1]:
            yield "breaking", f"column {column} is gone"
        elif answers[0][column] != answers[1][column]:
            yield "breaking", f"column {column} was {answers[0][column]}, now {answers[1][column]}"
    for column in answers[1]:
        if column not in answers[0]:
            yield "computation", f"column {column} is new"
    same_answers = answers[0] == answers[1]
    if same_answers and service_fingerprint(old, before) != service_fingerprint(new, after):
        yield "computation", "the same columns, some of them computed otherwise"


def _answers(service: FeatureService, repository: Repository) -> dict[str, str]:
    """Each column's type and what it is asked by."""
    columns = service_columns(repository, service)
    return {each.name: f"{each.column.type} by {', '.join(each.join_keys.values())}" for each in columns}


def _metadata_changes(old: Definition, new: Definition) -> Iterator[_Detail]:
    for key in METADATA:
        if getattr(old, key) != getattr(new, key):
            yield "metadata", key


def _word(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case tuple():
            return "; ".join(map(_word, value)) or "nothing"
        case Join():
            on = ", ".join(left if left == right else f"{left}: {right}" for left, right in value.on.items())
            return f"{value.source} on {on}" + (f" as {value.name}" if value.name != value.source else "")
        case ServiceLevel():
            return f"fresh within {value.fresh_within}"
        case Mapping():
            return ", ".join(f"{key}: {each}" for key, each in value.items()) or "nothing"
        case _:
            return str(value)
