"""Rules about how a column's values are distributed, answered by a sketch that the batch leaves for later ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridata_contracts import types as t
from gridata_contracts.argument_bounds import number_bounds
from gridata_contracts.columns import walk
from gridata_contracts.literals import type_word
from gridata_contracts.rules.bounds import COUNTS, NUMBERS
from gridata_contracts.rules.keyed import KeyRows
from gridata_contracts.rules.registry import register
from gridata_contracts.rules.rule import Applies, Argument, Example, Group, Level, Rule
from gridata_contracts.sketches.bins import bins_sql
from gridata_contracts.sketches.categories import categories_sql
from gridata_contracts.sketches.kinds import SketchKind, sketch_kind
from gridata_contracts.sketches.registers import registers_sql

if TYPE_CHECKING:
    from gridata_contracts.rule_call import Call

WINDOW, LEAST_RECORDS, DEPTH = 10, 100, 10
"""Defaults: batches that are the reference, records below which nothing is judged, bins of a PSI."""
_PLACES = 6  # with more, a decimal's text may be 1E-7


@dataclass(frozen=True)
class Sketched:
    """Evaluation of a rule of level SKETCH.

    Attributes:
        method: what is asked of the sketch, as `gridata_jobs.checks.drift` and `.sketches` name it.
        kind: of the sketch; None = the one that the column's type has.
        needs_history: the batch's sketch is held against those of earlier batches.
    """

    method: str
    kind: SketchKind | None = None
    needs_history: bool = True
    marks_rows: bool = False
    keeps_nulls: bool = False

    def kind_for(self, column: t.LogicalType) -> SketchKind:
        """Which sketch a column needs for it."""
        return self.kind or sketch_kind(column)

    def query(self, k: KeyRows) -> str:
        """SQL over the table of keys that gives the sketch's rows."""
        match self.kind_for(k.type):
            case SketchKind.BINS:
                return bins_sql(k.dialect.finite(k.double()), k.table)
            case SketchKind.CATEGORIES:
                return categories_sql(_text(k), k.table)
            case SketchKind.REGISTERS:
                first = k.dialect.counts_first and not isinstance(k.type, t.String)
                return registers_sql(_text(k), k.table, k.value if first else None)


def _text(k: KeyRows) -> str:
    """The value as a text that both engines write alike."""
    match k.type:
        case t.String():
            return k.value
        case t.Decimal(precision, scale):  # DuckDB writes .50 where no digit fits before the point
            return f"CAST(CAST({k.value} AS DECIMAL({max(precision, scale + 1)}, {scale})) AS STRING)"
        case t.Date() | t.Timestamp():
            return f"CAST({k.dialect.epoch_us(k.value, k.type)} AS STRING)"
        case _:
            return f"CAST({k.value} AS STRING)"


def _countable(call: Call) -> None:
    """Values that both engines write alike: no binary numbers, no decimals of many places."""
    kind = None if call.place is None else call.place.type
    if isinstance(kind, t.Floating) or (isinstance(kind, t.Decimal) and kind.scale > _PLACES):
        allowed = f"a rule for {type_word(kind)} (values of text, dates, whole numbers and decimals of at most "
        call.refuse("rule", f"{allowed}{_PLACES} places can be told apart)", got=call.rule.name)


def _distinct(call: Call) -> None:
    _countable(call)
    number_bounds(call)


def _shown(call: Call) -> None:
    """What the sketch keeps may be read by everybody who reads metrics."""
    place = call.place
    if place is not None and any(each.is_protected for each in walk(call.schema.columns) if each.path == place.path):
        call.refuse("rule", "a column that is not protected (its values would be kept with the metrics)",
                    "Take another column.", got=call.rule.name)  # fmt: skip


def _quantile(call: Call) -> None:
    _shown(call)
    number_bounds(call)


def _drift(call: Call) -> None:
    """Of numbers any type, else values that are categories."""
    _shown(call)
    kind = None if call.place is None else call.place.type
    if isinstance(kind, t.Date | t.Timestamp):
        call.refuse("rule", f"a rule for {type_word(kind)} (days move on with every batch)", got=call.rule.name)
    if call.given.get("window", 1) < 1:
        call.refuse("window", "at least 1 batch")
    if "window" in call.given and "reference" in call.given:
        call.refuse("window", "window or reference, not both", "A named batch is the whole reference.")


def _categories(call: Call) -> None:
    _drift(call)
    _countable(call)


_COMPARED: Mapping[str, Argument] = {
    "window": Argument.INTEGER, "reference": Argument.STRING, "least_records": Argument.INTEGER,
}  # fmt: skip
_NUMBERS, _FAR = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] * 4, [11, 12, 13, 14, 15, 16, 17, 18, 19, 20] * 4
_WORDS, _OTHER = ["a", "b", "c", "a"] * 10, ["b", "c", "c", "c"] * 10
_MANY = ", or more than 1,000 different values"
_COLD = "null, NaN and infinities are left out; in a cold start, and with too few records, it passes"


def _rule(  # noqa: PLR0913 # one argument per thing a rule says
    name: str,
    sketched: Sketched,
    summary: str,
    expected: str,
    example: Example,
    *,
    applies: Applies,
    required: Mapping[str, Argument] | None = None,
    optional: Mapping[str, Argument] | None = None,
    relation: Callable[[Call], None] = _drift,
    aliases: tuple[str, ...] = (),
    **more: Any,
) -> None:
    register(
        Rule(
            name, Group.DISTRIBUTION, Level.SKETCH, applies, summary, expected, example, required=required or {},
            optional=optional or {}, relation=relation, aliases=aliases, evaluation=sketched,
            nulls=more.pop("nulls", _COLD), **more,
        )
    )  # fmt: skip


def _example(kind: t.LogicalType, arguments: Mapping[str, Any], passes: list[Any], fails: list[Any]) -> Example:
    """Values of an earlier batch, where one is needed, and of this one."""
    return Example({"value": kind}, arguments, passes, fails)


def _drift_rule(  # noqa: PLR0913 # one argument per thing a rule says
    name: str,
    method: str,
    summary: str,
    expected: str,
    limit: Mapping[str, float],
    *,
    of_categories: bool = False,
    applies: Applies | None = None,
    aliases: tuple[str, ...] = (),
) -> None:
    """A rule with one limit, that compares with earlier batches."""
    required = dict.fromkeys(limit, Argument.NUMBER if "max" in limit else Argument.SHARE)
    more = {"least_records": 20}
    of_values = of_categories or applies is Applies.SCALAR
    example = (
        _example(t.String(), {**limit, **more}, [_WORDS, _WORDS], [_WORDS, _OTHER])
        if of_categories
        else _example(t.Integer(), {**limit, **more}, [_NUMBERS, _NUMBERS], [_NUMBERS, _FAR])
    )
    applies = applies or (Applies.SCALAR if of_categories else Applies.NUMERIC)
    kind = SketchKind.CATEGORIES if of_categories else None
    _rule(
        name, Sketched(method, kind), f"{summary} The reference is what the last `window` (by default {WINDOW}) "
        "published batches hold together, or `reference`: a batch or snapshot by its id. Nothing is judged while "
        f"either side has fewer than `least_records` (by default {LEAST_RECORDS}) records{_MANY if of_values else ''}.",
        f"{expected} of the [last {{window}}|recent] batches", example, applies=applies, required=required,
        optional=_COMPARED, relation=_categories if of_categories else _drift, aliases=aliases,
    )  # fmt: skip


_rule(
    "has_approx_distinct_count", Sketched("distinct", SketchKind.REGISTERS, needs_history=False),
    "The number of different values, estimated to within about 1.6 % (HyperLogLog), is within bounds. What it counted "
    "by merges with other batches: `gridata quality show` tells how many the dataset has.",
    "about so many different values[, at least {min}][, at most {max}]",
    _example(t.String(), {"min": 3}, [["a", "b", "c"]], [["a", "a", "b"]]),
    applies=Applies.SCALAR, optional=COUNTS, relation=_distinct, aliases=("hasApproxCountDistinct", "approx_distinct"),
    nulls="null values are left out; without a value the number is 0",
)  # fmt: skip
_rule(
    "has_approx_quantile", Sketched("quantile", SketchKind.BINS, needs_history=False),
    "The quantile of the values, exact to within 1.6 % of itself, is within bounds; merges with other batches.",
    "a quantile {quantile} of about[, at least {min}][, at most {max}]",
    _example(t.Integer(), {"quantile": 0.5, "max": 2}, [[1, 2, 9]], [[1, 3, 9]]),
    applies=Applies.NUMERIC, required={"quantile": Argument.SHARE}, optional=NUMBERS, relation=_quantile,
    aliases=("hasApproxQuantile",),
    nulls="null, NaN and infinities are left out; without a value there is nothing to measure and the check passes",
)  # fmt: skip
_drift_rule(
    "has_psi",
    "psi",
    f"The population stability index of numbers (in {DEPTH} bins of equally many records of the reference) or of "
    "values is at most `max`; 0.1 is little, 0.25 a lot.",
    "a population stability index of at most {max} against that",
    {"max": 0.2},
    applies=Applies.SCALAR,
    aliases=("psi", "population_stability_index"),
)
_drift_rule(
    "has_jensen_shannon_distance",
    "jensen_shannon",
    "The Jensen-Shannon distance (0 = equal, 1 = nothing in common) of numbers, in bins like those of `has_psi`, or of "
    "values is at most `max`.",
    "a Jensen-Shannon distance of at most {max} to that",
    {"max": 0.3},
    applies=Applies.SCALAR,
)
_drift_rule(
    "has_ks_distance",
    "ks",
    "The Kolmogorov-Smirnov distance (0 to 1), the greatest difference between the shares of records up to a number, "
    "is at most `max`.",
    "a Kolmogorov-Smirnov distance of at most {max} to that",
    {"max": 0.2},
    aliases=("kolmogorov_smirnov",),
)
_drift_rule(
    "has_wasserstein_distance",
    "wasserstein",
    "The Wasserstein distance, how far a record moved on average, is at most `max` standard deviations of the "
    "reference.",
    "numbers moved by at most {max} standard deviations from those",
    {"max": 0.5},
)
_drift_rule(
    "has_chi_square_p_value",
    "chi_square",
    "The p-value of a chi-square test, that values are distributed as in the reference, is at least `min`. With many "
    "records any difference is significant: then ask `has_cramers_v`.",
    "values distributed (p-value at least {min}) like those",
    {"min": 0.01},
    of_categories=True,
    aliases=("chi_square",),
)
_drift_rule(
    "has_cramers_v",
    "cramers_v",
    "How strongly the shares of values differ from the reference (Cramér's V, 0 to 1) is at most `max`; it does not "
    "grow with the records.",
    "shares of values that differ by at most {max} (Cramér's V) from those",
    {"max": 0.2},
    of_categories=True,
)
for _name, _method, _what, _fails in (
    ("has_no_new_values", "new_values", "Values that no batch of the reference has", [["a", "b"], ["a", "x"]]),
    ("has_no_lost_values", "lost_values", "Values that every batch of the reference has and this one has not",
     [["a", "b"], ["a", "a"]]),
):  # fmt: skip
    _rule(
        _name, Sketched(_method, SketchKind.CATEGORIES),
        f"{_what} number at most `max` (by default 0). The reference is the last `window` (by default {WINDOW}) "
        "published batches, or `reference`: a batch or snapshot by its id. A batch with more than 1,000 different "
        "values is no reference.",
        f"{_what.lower()}: at most [{{max}}|0]", _example(t.String(), {}, [["a", "b"], ["a", "b"]], _fails),
        applies=Applies.SCALAR, optional={"max": Argument.INTEGER, "window": Argument.INTEGER,
                                          "reference": Argument.STRING},
        relation=_categories, nulls="null values are left out; in a cold start it passes",
    )  # fmt: skip
