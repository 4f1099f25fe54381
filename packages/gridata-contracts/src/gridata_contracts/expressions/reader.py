"""sqlglot's tree as ours: a closed list of nodes, typed against the contract's columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from gridata_contracts.expressions import leaves
from gridata_contracts.expressions.agreement import (
    NARROWER,
    NUMBERS,
    ORDERED,
    SCALARS,
    Disagreement,
    Family,
    agreed,
    common_type,
    type_of,
)
from gridata_contracts.expressions.grammar import ALLOWED, Flaw
from gridata_contracts.expressions.numbers import calculated, opposite, turned
from gridata_contracts.expressions.reading import Reading, UnreadableError, each_of
from gridata_contracts.expressions.signatures import SIGNATURES, result_type
from gridata_contracts.expressions.tree import (
    Arithmetic,
    Call,
    Comparison,
    Constant,
    Function,
    Junction,
    Membership,
    Negative,
    Node,
    Not,
    NullTest,
    Operator,
    Range,
    Sign,
    Word,
)
from gridata_contracts.problems import did_you_mean
from gridata_contracts.types import Boolean, LogicalType

MAX_DEPTH = 40
"""Operations inside each other; conditions joined by one word count as one."""

_WORDS: Mapping[type[exp.Expr], Word] = {exp.And: Word.AND, exp.Or: Word.OR}
_SIGNS: Mapping[type[exp.Expr], Sign] = {
    exp.EQ: Sign.EQUAL,
    exp.NEQ: Sign.UNEQUAL,
    exp.LT: Sign.BELOW,
    exp.LTE: Sign.AT_MOST,
    exp.GT: Sign.ABOVE,
    exp.GTE: Sign.AT_LEAST,
}
_OPERATORS: Mapping[type[exp.Expr], Operator] = {
    exp.Add: Operator.PLUS,
    exp.Sub: Operator.MINUS,
    exp.Mul: Operator.TIMES,
}
_CONDITIONS = (*_WORDS, *_SIGNS, exp.Not, exp.In, exp.Between, exp.Is)


class Reader:
    """Reads one expression. Every method raises UnreadableError for what has no meaning here."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._depth = 0

    def whole(self) -> Node:
        """The tree of the whole text: a condition about at least one column."""
        grammar = self._reading.grammar
        tree = self._condition(grammar.root)
        self._reading.refuse_unused()
        if not self._reading.columns:
            allowed = "a condition that looks at a column"
            raise UnreadableError([Flaw(0, grammar.text, allowed, "This one is the same for every row.")])
        return tree

    def _read(self, node: exp.Expr) -> Node:
        if type(node) in _LEAVES:
            return _LEAVES[type(node)](node, self._reading)
        if type(node) not in _BRANCHES:
            self._reading.refuse(node, ALLOWED)
        if self._depth >= MAX_DEPTH:
            self._reading.refuse(node, f"at most {MAX_DEPTH} operations inside each other", "Split the check.")
        self._depth += 1
        try:
            return _BRANCHES[type(node)](self, node)
        finally:
            self._depth -= 1

    def _condition(self, node: exp.Expr) -> Node:
        found = self._read(node)
        if not isinstance(found.type, Boolean):
            self._reading.refuse(node, "a condition, true or false", f"It is {type_of(found)}.")
        return found

    def _value(self, node: exp.Expr) -> Node:
        if isinstance(node, _CONDITIONS):
            self._reading.refuse(node, "( ) around a condition that is compared")
        return self._read(node)

    def _beside(
        self, parent: exp.Expr, nodes: Sequence[exp.Expr | None], families: Sequence[Family]
    ) -> tuple[Node, ...]:
        """Values of one family, all as exact as the others need."""
        present = [node for node in nodes if node is not None]
        if len(present) < len(nodes):
            self._reading.refuse(parent, "values on both sides")
        values = agreed(each_of(present, self._value), families)
        if isinstance(values, Disagreement):
            at = parent if values.index is None else present[values.index]
            self._reading.refuse(at, values.allowed, values.next_step)
        return values

    def paren(self, node: exp.Expr) -> Node:
        """Brackets decide what sqlglot's tree looks like; ours needs none."""
        self._reading.use("(", ")")
        return self._read(node.this)

    def negation(self, node: exp.Expr) -> Node:
        """`NOT IN`, `NOT BETWEEN` and `IS NOT NULL` are nodes of their own, since `NOT a IN (…)` means the same."""
        self._reading.use("NOT")
        operand = self._condition(node.this)
        if isinstance(node.this, exp.Is | exp.In | exp.Between) and isinstance(operand, Membership | Range | NullTest):
            return replace(operand, negated=True)
        return Not(operand)

    def junction(self, node: exp.Expr) -> Node:
        """A chain of one word is one node, however long and however bracketed."""
        kind, waiting, terms = type(node), [node], []
        while waiting:
            term = waiting.pop()
            if type(term) is kind:
                self._reading.use(_WORDS[kind])
                waiting += [term.expression, term.this]
            elif isinstance(term, exp.Paren) and type(term.unnest()) is kind:
                self._reading.use("(", ")")
                waiting.append(term.this)
            else:
                terms.append(term)
        return Junction(_WORDS[kind], each_of(terms, self._condition))

    def comparison(self, node: exp.Expr) -> Node:
        """Conditions are equal or not; everything else has an order too."""
        sign = _SIGNS[type(node)]
        self._reading.use(sign)
        families = SCALARS if sign in (Sign.EQUAL, Sign.UNEQUAL) else ORDERED
        left, right = self._beside(node, (node.this, node.args.get("expression")), families)
        return Comparison(sign, left, right, common_type((left, right)))

    def membership(self, node: exp.Expr) -> Node:
        """A list of values; never a query."""
        options = node.expressions
        if not options:
            self._reading.refuse(node, "IN (a, b, …)")
        self._reading.use("IN", "(", ")", *"," * (len(options) - 1))
        values = self._beside(node, (node.this, *options), SCALARS)
        return Membership(values[0], values[1:], common_type(values))

    def range(self, node: exp.Expr) -> Node:
        """Inclusive bounds."""
        self._reading.use("BETWEEN", "AND")
        bounds = (node.args.get("low"), node.args.get("high"))
        value, low, high = self._beside(node, (node.this, *bounds), ORDERED)
        return Range(value, low, high, common_type((value, low, high)))

    def null_test(self, node: exp.Expr) -> Node:
        """Of any value, objects and arrays too."""
        if not isinstance(node.expression, exp.Null):
            self._reading.refuse(node, "IS NULL or IS NOT NULL", "coalesce(condition, FALSE) is never null.")
        self._reading.use("IS", "NULL")
        return NullTest(self._value(node.this))

    def arithmetic(self, node: exp.Expr) -> Node:
        """Numbers of one family."""
        operator = _OPERATORS[type(node)]
        self._reading.use(operator)
        left, right = self._beside(node, (node.this, node.args.get("expression")), NUMBERS)
        return Arithmetic(operator, left, right, self._narrow(node, calculated(operator, left, right)))

    def negative(self, node: exp.Expr) -> Node:
        """One number."""
        self._reading.use("-")
        (operand,) = self._beside(node, (node.this,), NUMBERS)
        if isinstance(operand, Constant):
            return opposite(operand)
        return Negative(operand, self._narrow(node, turned(operand)))

    def call(self, node: exp.Expr) -> Node:
        """One of our functions; others are unknown, however SQL calls them."""
        name, arguments = str(node.this).lower(), node.expressions
        if not isinstance(node.this, str) or name not in list(Function):
            self._reading.refuse(node, f"the functions {', '.join(Function)}", did_you_mean(name, map(str, Function)))
        signature = SIGNATURES[Function(name)]
        self._reading.use(name, "(", ")", *"," * (len(arguments) - 1))
        if not signature.takes(len(arguments)):
            self._reading.refuse(node, signature.usage)
        if signature.literal and not (isinstance(arguments[1], exp.Literal) and arguments[1].is_string):
            self._reading.refuse(arguments[1], signature.usage)
        values = self._beside(node, arguments, signature.families)
        return Call(Function(name), values, self._narrow(node, result_type(Function(name), values)))

    def _narrow(self, node: exp.Expr, kind: LogicalType | str) -> LogicalType:
        """The type of a result; text says why there is none that both engines hold."""
        if isinstance(kind, str):
            self._reading.refuse(node, kind, NARROWER)
        return kind


_LEAVES: Mapping[type[exp.Expr], Callable[[exp.Expr, Reading], Node]] = {
    exp.Boolean: leaves.truth,
    exp.Cast: leaves.dated,
    exp.Column: leaves.column,
    exp.Dot: leaves.column,
    exp.Literal: leaves.literal,
    exp.Null: leaves.null,
}
_BRANCHES: Mapping[type[exp.Expr], Callable[[Reader, exp.Expr], Node]] = {
    **dict.fromkeys(_WORDS, Reader.junction),
    **dict.fromkeys(_SIGNS, Reader.comparison),
    **dict.fromkeys(_OPERATORS, Reader.arithmetic),
    exp.Anonymous: Reader.call,
    exp.Between: Reader.range,
    exp.In: Reader.membership,
    exp.Is: Reader.null_test,
    exp.Neg: Reader.negative,
    exp.Not: Reader.negation,
    exp.Paren: Reader.paren,
}
