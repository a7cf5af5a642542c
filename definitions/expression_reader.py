"""From an expression's text to its typed tree; sqlglot reads Spark SQL, this decides what it means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from math import isinf
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from definitions.coercion import as_decimal, can_cast, coerce, common_type, decimal_literal, decimal_type, meet
from definitions.expression_error import ExpressionError
from definitions.functions import ALIASES, FORMS, FUNCTIONS, INSTEAD, REFUSED, Function
from definitions.suggest import suggest
from definitions.terms import VOID, Term, negation
from definitions.types import BIGINT, BOOLEAN, DATE, DOUBLE, FLOAT, INT, STRING, TIMESTAMP, DataType, whole_digits

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_KNOWN_ESCAPES: Final = frozenset("\\'\"%_nrt")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_EXTRACTED: Final = {
    "YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "WEEK": "weekofyear", "DAY": "day", "DOY": "dayofyear",
    "DAYOFWEEK": "dayofweek", "HOUR": "hour", "MINUTE": "minute",
}  # fmt: skip
_TYPES: Final = {
    exp.DataType.Type.BOOLEAN: BOOLEAN, exp.DataType.Type.INT: INT, exp.DataType.Type.BIGINT: BIGINT,
    exp.DataType.Type.FLOAT: FLOAT, exp.DataType.Type.DOUBLE: DOUBLE, exp.DataType.Type.DATE: DATE,
    exp.DataType.Type.TEXT: STRING, exp.DataType.Type.VARCHAR: STRING,
    exp.DataType.Type.TIMESTAMP: TIMESTAMP, exp.DataType.Type.TIMESTAMPTZ: TIMESTAMP,
    exp.DataType.Type.TIMESTAMPNTZ: TIMESTAMP,
}  # fmt: skip
_PREDICATES: Final = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ, exp.LT, exp.LTE, exp.GT, exp.GTE,
                      exp.Is, exp.In, exp.Like, exp.Escape, exp.Between, exp.Not)  # fmt: skip
_ARITHMETIC: Final[Mapping[type[exp.Expr], str]] = {
    exp.Add: "add", exp.Sub: "subtract", exp.Mul: "multiply", exp.Div: "divide", exp.Mod: "remainder",
}  # fmt: skip
_FUNCTION_NODES: Final[Mapping[type[exp.Expr], str]] = {
    exp.Abs: "abs", exp.Floor: "floor", exp.Ceil: "ceil", exp.Sqrt: "sqrt", exp.Ln: "ln", exp.Exp: "exp",
    exp.Pow: "pow", exp.Greatest: "greatest", exp.Least: "least", exp.Lower: "lower", exp.Upper: "upper",
    exp.Trim: "trim", exp.Length: "length", exp.Substring: "substring", exp.Concat: "concat", exp.DPipe: "concat",
    exp.Year: "year", exp.Quarter: "quarter", exp.Month: "month", exp.WeekOfYear: "weekofyear", exp.Day: "day",
    exp.DayOfMonth: "day", exp.DayOfWeek: "dayofweek", exp.DayOfYear: "dayofyear", exp.Hour: "hour",
    exp.Minute: "minute", exp.Second: "second", exp.UnixMicros: "unix_micros", exp.DateDiff: "datediff",
}  # fmt: skip
_HARMLESS_ARGUMENTS: Final = frozenset(
    {"this", "expression", "expressions", "start", "length", "safe", "coalesce", "typed", "ignore_nulls"}
)


def read_expression(text: str, columns: Mapping[str, DataType]) -> Term:
    """The tree of `text`, types checked, conversions explicit, not yet in canonical form.

    Raises:
        ExpressionError: it is malformed, names something unknown, or its types do not fit.
    """
    for escape in _ESCAPE.finditer(text):
        if escape[1] not in _KNOWN_ESCAPES:
            raise ExpressionError(
                f"{escape[0]} is no escape in a text", r"write \\ for a backslash, \' for a quote", escape.start()
            )
    try:
        tree = sqlglot.parse_one(text, dialect="spark")
    except SqlglotError as error:
        raise _malformed(text, error) from None
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply") from None
    return _Reader(text, columns).read_whole(tree)


def _malformed(text: str, error: SqlglotError) -> ExpressionError:
    if not text:
        return ExpressionError("the expression is empty")
    details = getattr(error, "errors", None) or [{}]
    column = int(details[0].get("col") or 1)
    what = str(details[0].get("description") or "it cannot be read").rstrip(".")
    return ExpressionError(f"{text!r} is no Spark SQL expression: {what}", "", min(max(column - 1, 0), len(text)))


class _Reader:
    """Reads one text; the methods are one per shape of node."""

    def __init__(self, text: str, columns: Mapping[str, DataType]) -> None:
        self._text = text
        self._columns = columns
        self._shapes: Mapping[type[exp.Expr], Callable[[exp.Expr], Term]] = {
            exp.Paren: lambda node: self.read(node.this),
            exp.Column: self._column, exp.Literal: self._literal, exp.Boolean: self._boolean, exp.Null: self._null,
            exp.Neg: self._negate, exp.Negative: self._negate, exp.Cast: self._cast, exp.TryCast: self._cast,
            exp.And: self._connect, exp.Or: self._connect, exp.Not: self._not, exp.Is: self._is, exp.In: self._in,
            exp.Between: self._between, exp.Like: self._like, exp.Escape: self._like, exp.Case: self._case,
            exp.If: self._if, exp.Coalesce: self._coalesce, exp.Nullif: self._nullif, exp.Nvl2: self._nvl2,
            exp.EQ: self._compare, exp.NEQ: self._compare, exp.LT: self._compare, exp.LTE: self._compare,
            exp.GT: self._compare, exp.GTE: self._compare, exp.NullSafeEQ: self._compare,
            exp.NullSafeNEQ: self._compare, exp.Log: self._logarithm, exp.Extract: self._extract,
            exp.Anonymous: self._anonymous,
        } | dict.fromkeys(_ARITHMETIC, self._arithmetic) | dict.fromkeys(_FUNCTION_NODES, self._call)  # fmt: skip

    def read_whole(self, node: exp.Expr) -> Term:
        """The tree of the whole expression."""
        return self._operand(node)

    def read_value(self, node: exp.Expr) -> Term:
        """A term with a type of its own, so not a bare null."""
        term = self.read(node)
        if term.type == VOID:
            raise self._error(node, "a bare null is no value here", "test for nulls with `is null`")
        return term

    def read(self, node: exp.Expr) -> Term:
        shape = self._shapes.get(type(node))
        if shape is None:
            raise self._refusal(node)
        return shape(node)

    def _error(self, node: exp.Expr, message: str, suggestion: str = "") -> ExpressionError:
        starts = [each.meta["start"] for each in node.walk() if "start" in each.meta]
        return ExpressionError(message, suggestion, min(starts, default=0))

    def _refusal(self, node: exp.Expr) -> ExpressionError:
        if isinstance(node, (exp.Subquery, exp.Select, exp.Exists, exp.Union)):
            return self._error(node, "a subquery is not for expressions", "an expression sees one row")
        if isinstance(node, exp.Window):
            return self._error(node, "window functions are not for expressions", "use `windows` and `agg`")
        if isinstance(node, exp.Alias):
            return self._error(
                node, "an expression has no alias and is one expression", "the feature's `name` names it"
            )
        if isinstance(node, exp.Func):
            return self._unknown_function(node, node.name if isinstance(node, exp.Anonymous) else node.sql_name())
        shown = node.sql("spark")
        return self._error(
            node, f"{shown!r} is not supported in expressions", "see the table of functions and operators"
        )

    def _unknown_function(self, node: exp.Expr, name: str) -> ExpressionError:
        written = re.match(r"\w+", self._text[node.meta["start"] :]) if "start" in node.meta else None
        name = (written[0] if written else name).lower()
        if name in REFUSED:
            return self._error(node, f"{name} is not for expressions", REFUSED[name])
        if name in INSTEAD:
            return self._error(node, f"the function {name} is not supported", f"the nearest is {INSTEAD[name]}")
        nearest = get_close_matches(name, [*FUNCTIONS, *ALIASES, *FORMS], n=1, cutoff=0.6)
        hint = f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(sorted(FUNCTIONS))}"
        return self._error(node, f"the function {name} is not supported", hint)

    def _plain_arguments(self, node: exp.Expr, allowed: frozenset[str] = _HARMLESS_ARGUMENTS) -> None:
        """Refuse what sqlglot has read into an argument that the caller would drop."""
        for key, value in node.args.items():
            if key not in allowed and value not in (None, False, [], ""):
                raise self._error(node, f"{node.sql('spark')!r}: this form is not supported", "write it plainly")

    def _column(self, node: exp.Expr) -> Term:
        parts = [part for part in (node.args.get(key) for key in ("catalog", "db", "table")) if part is not None]
        name = ".".join([*(part.name for part in parts), node.name])
        if name not in self._columns:
            matches = [column for column in self._columns if column.lower() == name.lower()]
            if len(matches) != 1:
                raise self._unknown_column(node, name, parts[0].name if parts else None)
            name = matches[0]
        declared = self._columns[name]
        return Term("column", DOUBLE if declared == FLOAT else declared, value=name)

    def _unknown_column(self, node: exp.Expr, name: str, prefix: str | None) -> ExpressionError:
        joined = sorted({column.partition(".")[0] for column in self._columns if "." in column})
        if prefix is None:
            return self._error(node, f"the source has no column {name!r}", suggest(name, self._columns, "columns"))
        if not joined:
            return self._error(node, f"{name!r}: a column has no prefix, as nothing is joined", f"write {node.name}")
        if prefix not in joined:
            return self._error(node, f"no join is named {prefix!r}", suggest(prefix, joined, "joins"))
        of_it = [column for column in self._columns if column.startswith(f"{prefix}.")]
        return self._error(node, f"{prefix!r} has no column {node.name!r}", suggest(name, of_it, "columns"))

    def _literal(self, node: exp.Expr) -> Term:
        if node.args["is_string"]:
            return Term("literal", STRING, value=node.name)
        return self._number(node, node.name)

    def _number(self, node: exp.Expr, digits: str) -> Term:
        if "e" in digits.lower():
            value = float(digits)
            if isinf(value):
                raise self._error(node, f"{digits} is greater than any double")
            return Term("literal", DOUBLE, value=value)
        if "." in digits:
            return Term("literal", DOUBLE, value=Decimal(digits))
        # One more than the greatest bigint is left alone here: a minus before it makes it the least.
        whole = int(digits)
        if whole > 2**63:
            raise self._error(node, f"{digits} is greater than any bigint", f"write {digits}.0 for a double")
        return Term("literal", INT if whole < 2**31 else BIGINT, value=whole)

    def _boolean(self, node: exp.Expr) -> Term:
        return Term("literal", BOOLEAN, value=bool(node.this))

    def _null(self, node: exp.Expr) -> Term:
        return Term("literal", VOID)

    def _checked(self, node: exp.Expr, term: Term) -> Term:
        if term.is_literal and term.value == 2**63 and term.type.is_integer:
            raise self._error(node, f"{2**63} is greater than any bigint", f"write {2**63}.0 for a double")
        return term

    def _operand(self, node: exp.Expr) -> Term:
        return self._checked(node, self.read_value(node))

    def _negate(self, node: exp.Expr) -> Term:
        term = self.read_value(node.this)
        if not term.type.is_numeric:
            raise self._error(node, f"a minus needs a number, {node.this.sql('spark')!r} is {term.type}")
        if term.is_literal:
            value = -term.value  # type: ignore[operator]
            narrow = term.type.is_integer and term.value == 2**31 and isinstance(node.this, exp.Literal)
            return Term("literal", INT if narrow else term.type, value=value)
        return Term("negate", BIGINT if term.type.is_integer else term.type, (term,))

    def _arithmetic(self, node: exp.Expr) -> Term:
        operator = _ARITHMETIC[type(node)]
        left, right = meet((self._operand(node.this), self._operand(node.expression)))
        for side, term in ((node.this, left), (node.expression, right)):
            if not term.type.is_numeric:
                raise self._error(node, f"{side.sql('spark')!r} is {term.type}, arithmetic needs numbers",
                                  _arithmetic_hint(term.type))  # fmt: skip
        if operator == "remainder":
            if not (left.type.is_integer and right.type.is_integer):
                raise self._error(node, "% is for whole numbers", "cast both sides to bigint")
            return Term(operator, BIGINT, (left, right))
        if operator == "divide" or left.type.is_floating or right.type.is_floating:
            return Term(operator, DOUBLE, (coerce(left, DOUBLE), coerce(right, DOUBLE)))
        if left.type.is_integer and right.type.is_integer:
            return Term(operator, BIGINT, (left, right))
        return Term(operator, self._decimal_result(node, operator, left.type, right.type), (left, right))

    def _decimal_result(self, node: exp.Expr, operator: str, left: DataType, right: DataType) -> DataType:
        """Spark's rule for the digits a result may need, without its loss of places beyond 38 digits."""
        first, second = as_decimal(left), as_decimal(right)
        scales = (first.scale or 0, second.scale or 0)
        try:
            if operator == "multiply":
                return decimal_type(whole_digits(first) + whole_digits(second) + 1, sum(scales))
            return decimal_type(max(whole_digits(first), whole_digits(second)) + 1, max(scales))
        except ExpressionError as error:
            raise self._error(node, error.message, error.suggestion) from None

    def _together(self, node: exp.Expr, parts: Sequence[exp.Expr]) -> tuple[Term, ...]:
        """Terms brought to one type."""
        terms = meet([self._checked(part, self.read(part)) for part in parts])
        try:
            shared = common_type(terms)
        except ExpressionError as error:
            raise self._error(node, error.message, error.suggestion) from None
        if shared is None:
            shown = ", ".join(f"{part.sql('spark')} is {term.type}" for part, term in zip(parts, terms, strict=True))
            raise self._error(node, f"these types do not go together: {shown}", _mixture_hint(terms))
        return tuple(coerce(term, shared) for term in terms)

    def _bound_operand(self, node: exp.Expr) -> None:
        # Spark and sqlglot bind chains such as `a = b < c` differently: only parentheses say what is meant.
        if isinstance(node, _PREDICATES):
            raise self._error(node, f"{node.sql('spark')!r} stands inside another comparison", "put it in parentheses")

    def _compare(self, node: exp.Expr) -> Term:
        for side in (node.this, node.expression):
            self._bound_operand(side)
        left, right = self._together(node, (node.this, node.expression))
        null_safe = isinstance(node, (exp.NullSafeEQ, exp.NullSafeNEQ))
        if not null_safe and any(term.is_literal and term.value is None for term in (left, right)):
            raise self._error(node, "a comparison with null is always null", "write `is null` or `is not null`")
        if null_safe and left.type == VOID:
            raise self._error(node, "a comparison of null with null says nothing")
        match node:
            case exp.EQ():
                return Term("equal", BOOLEAN, (left, right))
            case exp.NEQ():
                return negation(Term("equal", BOOLEAN, (left, right)))
            case exp.NullSafeEQ():
                return Term("same", BOOLEAN, (left, right))
            case exp.NullSafeNEQ():
                return negation(Term("same", BOOLEAN, (left, right)))
            case exp.LT():
                return Term("less", BOOLEAN, (left, right))
            case exp.LTE():
                return Term("less_equal", BOOLEAN, (left, right))
            case exp.GT():
                return Term("less", BOOLEAN, (right, left))
            case _:
                return Term("less_equal", BOOLEAN, (right, left))

    def _condition(self, node: exp.Expr) -> Term:
        term = self.read_value(node)
        if term.type != BOOLEAN:
            raise self._error(node, f"{node.sql('spark')!r} is {term.type}, a condition is boolean", "compare it")
        return term

    def _connect(self, node: exp.Expr) -> Term:
        operator = "and" if isinstance(node, exp.And) else "or"
        return Term(operator, BOOLEAN, tuple(map(self._condition, node.flatten(unnest=False))))

    def _not(self, node: exp.Expr) -> Term:
        return negation(self._condition(node.this))

    def _is(self, node: exp.Expr) -> Term:
        self._bound_operand(node.this)
        if isinstance(node.expression, exp.Null):
            return Term("is_null", BOOLEAN, (self._operand(node.this),))
        if isinstance(node.expression, exp.Boolean):
            return Term("same", BOOLEAN, (self._condition(node.this), self._boolean(node.expression)))
        raise self._refusal(node)

    def _in(self, node: exp.Expr) -> Term:
        self._plain_arguments(node, frozenset({"this", "expressions"}))
        self._bound_operand(node.this)
        subject, *candidates = self._together(node, (node.this, *node.expressions))
        if not candidates or subject.type == VOID or any(each.value is None and each.is_literal for each in candidates):
            raise self._error(node, "`in` needs a list of values without null", "test for nulls with `is null`")
        if all(candidate.is_literal for candidate in candidates):
            return Term("in", BOOLEAN, (subject, *candidates))
        equals = [Term("equal", BOOLEAN, (subject, candidate)) for candidate in candidates]
        return Term("or", BOOLEAN, tuple(equals)) if len(equals) > 1 else equals[0]

    def _between(self, node: exp.Expr) -> Term:
        self._plain_arguments(node, frozenset({"this", "low", "high"}))
        for side in (node.this, node.args["low"], node.args["high"]):
            self._bound_operand(side)
        bounds = (
            exp.GTE(this=node.this.copy(), expression=node.args["low"].copy()),
            exp.LTE(this=node.this.copy(), expression=node.args["high"].copy()),
        )
        return Term("and", BOOLEAN, tuple(map(self._compare, bounds)))

    def _like(self, node: exp.Expr) -> Term:
        if isinstance(node, exp.Escape):
            raise self._error(node, "`like` takes no `escape`", r"the escape is \, written \\ in a text")
        self._plain_arguments(node, frozenset({"this", "expression", "negate"}))
        self._bound_operand(node.this)
        subject, pattern = self._operand(node.this), self.read(node.expression)
        if subject.type != STRING or not pattern.is_literal or not isinstance(pattern.value, str):
            raise self._error(node, "`like` compares a string with a pattern in quotes")
        for escape in re.finditer(r"\\(.|$)", pattern.value, re.DOTALL):
            if escape[1] not in ("\\", "%", "_"):
                raise self._error(node, rf"in a pattern \ stands before %, _ or \ only, not before {escape[1]!r}")
        term = Term("like", BOOLEAN, (subject,), pattern.value)
        return negation(term) if node.args.get("negate") else term

    def _case(self, node: exp.Expr) -> Term:
        branches = node.args["ifs"]
        conditions = [
            self._condition(branch.this)
            if node.this is None
            else self._compare(exp.EQ(this=exp.paren(node.this.copy()), expression=exp.paren(branch.this.copy())))
            for branch in branches
        ]
        default = node.args.get("default")
        return self._cases(node, conditions, [branch.args["true"] for branch in branches], default)

    def _cases(
        self, node: exp.Expr, conditions: Sequence[Term], values: Sequence[exp.Expr],
        default: exp.Expr | None,
    ) -> Term:  # fmt: skip
        terms = self._together(node, [*values, *([default] if default is not None else [])])
        if terms[0].type == VOID:
            raise self._error(node, "every branch is null")
        pairs = [part for pair in zip(conditions, terms, strict=False) for part in pair]
        return Term("case", terms[0].type, (*pairs, *terms[len(conditions) :]))

    def _if(self, node: exp.Expr) -> Term:
        return self._cases(node, [self._condition(node.this)], [node.args["true"]], node.args.get("false"))

    def _nvl2(self, node: exp.Expr) -> Term:
        present = negation(Term("is_null", BOOLEAN, (self._operand(node.this),)))
        return self._cases(node, [present], [node.args["true"]], node.args.get("false"))

    def _nullif(self, node: exp.Expr) -> Term:
        value = self._operand(node.this)
        same = self._compare(exp.EQ(this=exp.paren(node.this.copy()), expression=exp.paren(node.expression.copy())))
        return Term("case", value.type, (same, Term("literal", value.type), coerce(value, value.type)))

    def _coalesce(self, node: exp.Expr) -> Term:
        terms = self._together(node, (node.this, *node.expressions))
        if terms[0].type == VOID:
            raise self._error(node, "every argument is null")
        return Term("coalesce", terms[0].type, terms)

    def _cast(self, node: exp.Expr) -> Term:
        to = self._cast_type(node)
        inner = node.this
        if isinstance(inner, exp.Literal) and inner.args["is_string"]:
            return self._typed_literal(node, inner.name, to)
        term = self.read_value(inner)
        if to.is_integer and term.is_literal and isinstance(term.value, int) and term.type.is_integer:
            return Term("literal", to, value=term.value)
        if to == DOUBLE and term.is_literal and term.type.is_numeric:
            return coerce(term, DOUBLE)
        if not can_cast(term.type, to):
            raise self._error(
                node, f"a cast from {term.type} to {to} is not supported, engines do it differently",
                "declare the source's column with the type it should have",
            )  # fmt: skip
        if to == BOOLEAN and term.type.is_numeric:
            return negation(Term("equal", BOOLEAN, (term, coerce(Term("literal", INT, value=0), term.type))))
        return self._checked(node, term) if term.type == to else Term("cast", to, (self._checked(node, term),))

    def _cast_type(self, node: exp.Expr) -> DataType:
        target: exp.DataType = node.args["to"]
        if target.this == exp.DataType.Type.DECIMAL:
            digits = [int(parameter.name) for parameter in target.expressions] or [10, 0]
            precision, scale = digits[0], digits[1] if len(digits) > 1 else 0
            if 1 <= precision <= 38 and scale <= precision:
                return DataType("decimal", precision, scale)
        found = _TYPES.get(target.this)
        if found is None or found == FLOAT:
            hint = "cast to boolean, int, bigint, double, decimal(p,s), string, date or timestamp"
            raise self._error(node, f"a cast to {target.sql('spark').lower()} is not supported", hint)
        return found

    def _typed_literal(self, node: exp.Expr, text: str, to: DataType) -> Term:
        if to == STRING:
            return Term("literal", STRING, value=text)
        try:
            if to == DATE:
                return Term("literal", DATE, value=date.fromisoformat(text))
            if to == TIMESTAMP:
                instant = datetime.fromisoformat(text)
                return Term(
                    "literal",
                    TIMESTAMP,
                    value=instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC),
                )
        except ValueError:
            shape = "2013-01-31" if to == DATE else "2013-01-31 14:00:00"
            raise self._error(node, f"{text!r} is no {to}", f"write it like {shape}") from None
        if to.is_decimal and _NUMBER.fullmatch(text):
            term = decimal_literal(Decimal(text))
            if whole_digits(term.type) <= whole_digits(to) and (term.type.scale or 0) <= (to.scale or 0):
                return Term("literal", term.type, value=term.value)
        raise self._error(node, f"{text!r} is no {to}", "write the number without quotes")

    def _logarithm(self, node: exp.Expr) -> Term:
        base = node.this
        if not (isinstance(base, exp.Literal) and base.name == "10") or node.expression is None:
            raise self._error(node, "a logarithm has base e or 10", "use ln or log10, or divide two of them")
        return self._function(node, "log10", [node.expression])

    def _extract(self, node: exp.Expr) -> Term:
        part = _EXTRACTED.get(node.this.name.upper())
        if part is None:
            raise self._error(
                node, f"{node.this.name.lower()} cannot be extracted", f"use {', '.join(_EXTRACTED.values())}"
            )
        return self._function(node, part, [node.expression])

    def _call(self, node: exp.Expr) -> Term:
        self._plain_arguments(node, _HARMLESS_ARGUMENTS)
        if isinstance(node, exp.Trim) and node.expression is not None:
            raise self._error(node, "trim takes the text alone", "it removes spaces")
        if isinstance(node, exp.DPipe):
            sides: tuple[exp.Expr, ...] = (node.this, node.expression)
            for side in sides:
                if type(side) in _ARITHMETIC:
                    raise self._error(side, f"{side.sql('spark')!r} stands beside ||", "put it in parentheses")
        parts = [node.args.get(key) for key in ("this", "start", "length", "expression")]
        arguments = [part for part in [*parts, *(node.args.get("expressions") or [])] if part is not None]
        return self._function(node, _FUNCTION_NODES[type(node)], arguments)

    def _anonymous(self, node: exp.Expr) -> Term:
        name = node.name.lower()
        if name in ("isnull", "isnotnull") and len(node.expressions) == 1:
            term = Term("is_null", BOOLEAN, (self._operand(node.expressions[0]),))
            return term if name == "isnull" else negation(term)
        name = ALIASES.get(name, name)
        if name not in FUNCTIONS:
            raise self._unknown_function(node, node.name)
        return self._function(node, name, node.expressions)

    def _function(self, node: exp.Expr, name: str, parts: Sequence[exp.Expr]) -> Term:
        function = FUNCTIONS[name]
        # sqlglot wraps what is to be a date; the kind says so already.
        parts = [part.this if isinstance(part, exp.TsOrDsToDate) else part for part in parts]
        least = len(function.kinds)
        if len(parts) < least or (len(parts) > least and not function.variadic):
            raise self._error(
                node, f"{name} takes {least}{' or more' if function.variadic else ''} arguments, not {len(parts)}"
            )
        if function.kinds[0] == "ordered":
            terms = self._together(node, parts)
            if terms[0].type == VOID:
                raise self._error(node, "every argument is null")
            return Term(name, terms[0].type, terms)
        kinds = [*function.kinds, *[function.kinds[-1]] * (len(parts) - least)]
        arguments = tuple(self._argument(node, name, part, kind) for part, kind in zip(parts, kinds, strict=True))
        return Term(name, function.result or _number_result(function, arguments[0].type), arguments)

    def _argument(self, node: exp.Expr, name: str, part: exp.Expr, kind: str) -> Term:
        term = self._operand(part)
        if kind == "position":
            if not (term.is_literal and isinstance(term.value, int) and term.value >= (part.arg_key == "start")):
                raise self._error(node, f"{name} takes whole numbers from 1 as they stand, not {part.sql('spark')!r}")
            return term
        fits = {
            "number": term.type.is_numeric, "double": term.type.is_numeric, "string": term.type == STRING,
            "date": term.type.is_temporal, "timestamp": term.type.is_temporal, "instant": term.type.is_temporal,
        }[kind]  # fmt: skip
        if not fits:
            wanted = {"double": "number", "instant": "date or timestamp"}.get(kind, kind)
            raise self._error(node, f"{name} takes a {wanted}, {part.sql('spark')!r} is {term.type}")
        wants = {"double": DOUBLE, "date": DATE, "timestamp": TIMESTAMP}.get(kind)
        if kind == "number" and term.is_literal and isinstance(term.value, Decimal):
            wants = term.type
        return coerce(term, wants) if wants else term


def _number_result(function: Function, argument: DataType) -> DataType:
    if function.name == "abs":
        return BIGINT if argument.is_integer else argument
    if argument.is_decimal and argument.scale:
        return decimal_type(min(whole_digits(argument) + 1, 38), 0)
    return argument if argument.is_decimal else BIGINT


def _arithmetic_hint(data_type: DataType) -> str:
    if data_type.is_temporal:
        return "subtract unix_micros(..) of both, or use datediff"
    return "use cast(.. as int)" if data_type == BOOLEAN else "cast it to a number"


def _mixture_hint(terms: Sequence[Term]) -> str:
    temporal = next((term.type for term in terms if term.type.is_temporal), None)
    if temporal is not None and any(term.is_literal and term.type == STRING for term in terms):
        return f"write {temporal} '...' for a {temporal}"
    return "cast one of them"
