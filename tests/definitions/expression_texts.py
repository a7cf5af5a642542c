"""Random expression texts, most of them well typed."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

_LEAVES = {
    "number": ["x", "y", "i", "b", "m", "0", "1", "2.5", "-3", "5L", "1e3"],
    "boolean": ["p", "q", "true", "false"],
    "string": ["s", "t", "'a'", "'it\\'s'", "'a%'"],
    "instant": ["d", "e", "u", "v", "date '1969-12-31'", "timestamp '2013-01-01 02:30:59'"],
}


def expression_texts(depth: int = 4) -> st.SearchStrategy[str]:
    """Texts over the columns of `expression_reference.COLUMNS`, of any type."""
    return st.one_of(*(_texts(kind, depth) for kind in _LEAVES))


@cache
def _texts(kind: str, depth: int) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(_LEAVES[kind])
    if depth == 0:
        return leaf
    below = {each: _texts(each, depth - 1) for each in _LEAVES}

    def of(template: str, *kinds: str) -> st.SearchStrategy[str]:
        return st.tuples(*(below[each] for each in kinds)).map(lambda parts: template.format(*parts))

    shapes = {
        "number": [
            of("({} + {})", "number", "number"), of("({} - {})", "number", "number"), of("{} * {}", "number", "number"),
            of("({} / {})", "number", "number"), of("-({})", "number"), of("abs({})", "number"),
            of("floor({})", "number"), of("coalesce({}, {})", "number", "number"),
            of("nullif({}, {})", "number", "number"),
            of("if({}, {}, {})", "boolean", "number", "number"), of("greatest({}, {})", "number", "number"),
            of("length({})", "string"), of("year({})", "instant"), of("cast({} as int)", "number"),
            of("cast({} as int)", "boolean"), of("cast({} as double)", "string"),
            of("datediff({}, {})", "instant", "instant"),
            of("case when {} then {} when {} then {} end", "boolean", "number", "boolean", "number"),
            of("case when {} is null then {} else {} end", "number", "number", "number"),
        ],
        "boolean": [
            of("({} and {})", "boolean", "boolean"), of("({} or {})", "boolean", "boolean"), of("not ({})", "boolean"),
            of("(({}) < ({}))", "number", "number"), of("(({}) >= ({}))", "number", "number"),
            of("(({}) = ({}))", "number", "number"), of("(({}) <> ({}))", "string", "string"),
            of("(({}) <=> ({}))", "boolean", "boolean"), of("(({}) = ({}))", "boolean", "boolean"),
            of("(({}) is null)", "number"), of("(({}) is not null)", "boolean"), of("(({}) is true)", "boolean"),
            of("(({}) between ({}) and ({}))", "number", "number", "number"), of("(({}) in (1, 2.5, 2))", "number"),
            of("(({}) not in (true, false))", "boolean"), of("(({}) in ('a', 'b'))", "string"),
            of("(({}) like 'a%')", "string"), of("(({}) not like 'a')", "string"),
            of("(({}) < ({}))", "instant", "instant"),
            of("if({}, {}, {})", "boolean", "boolean", "boolean"),
        ],
        "string": [
            of("lower({})", "string"), of("trim({})", "string"), of("concat({}, {})", "string", "string"),
            of("substring({}, 1, 2)", "string"), of("coalesce({}, {})", "string", "string"),
            of("if({}, {}, null)", "boolean", "string"), of("cast({} as string)", "boolean"),
        ],
        "instant": [
            of("coalesce({}, {})", "instant", "instant"), of("cast({} as date)", "instant"),
            of("cast({} as timestamp)", "instant"), of("least({}, {})", "instant", "instant"),
        ],
    }  # fmt: skip
    return st.one_of(leaf, *shapes[kind])
