"""The declared sources that a relation's rows come from, and which of their columns tell about people."""

from __future__ import annotations

from definitions.model import Source
from definitions.relation import JoinedSource, Relation, resolve_source
from featurestore.checks.relation_parts import part_names, parts_of
from featurestore.survey import FileSurvey, Survey


def _source(name: str, personal: str | None = None) -> Source:
    columns = {"user": "string", "city": "string", "at": "timestamp"}
    tagged = {column: {"type": kind, "pii": ["account"]} for column, kind in columns.items() if column == personal}
    declared = {"name": name, "path": f"{name}.parquet", "timestamp": "at", "columns": {**columns, **tagged}}
    return Source.model_validate(declared)


def _union() -> Relation:
    sources = {name: _source(name, personal) for name, personal in (("north", "user"), ("south", None))}
    sources["trips"] = Source.model_validate({"name": "trips", "union": ["north", "south"]})
    united = resolve_source("trips", sources)
    homes = JoinedSource("home", {"user": "user"}, _source("homes", "city"))
    shared = {key: getattr(united, key) for key in Source.model_fields}
    return Relation(**shared, united=united.members, dimensions=(homes,))


def _survey(source: Source) -> Survey:
    return Survey(
        tuple(FileSurvey(member, (), {}) for member in source.members),
        tuple(_survey(join.dimension) for join in source.joins),
    )


def test_a_union_its_members_and_its_dimensions_are_looked_at_by_themselves() -> None:
    parts = list(parts_of(_union(), _survey(_union())))
    assert [part.source.name for part in parts] == ["trips", "north", "south", "homes"]
    assert [part.is_union for part in parts] == [True, False, False, False]
    assert [part.is_dimension for part in parts] == [False, False, False, True]
    assert part_names(_union()) == {"trips", "north", "south", "homes"}


def test_what_one_member_of_a_union_tags_as_personal_is_so_in_all_of_them() -> None:
    personal = {part.source.name: part.personal for part in parts_of(_union(), _survey(_union()))}
    assert personal == {"trips": {"user"}, "north": {"user"}, "south": {"user"}, "homes": {"city"}}
