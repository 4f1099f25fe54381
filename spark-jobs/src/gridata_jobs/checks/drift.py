"""How far a batch's distribution is from that of earlier batches: arithmetic on sketches, no row is looked at."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gridata_contracts.model import Check
from gridata_contracts.rules.sketched import DEPTH, LEAST_RECORDS
from gridata_contracts.sketches import Bins, Categories, Sketch, merged
from gridata_jobs.statistics import drift as d

OF_VALUES = ("new_values", "lost_values")
"""Methods that look at which values there are."""
_TOO_MANY = "too many different values to keep each of them"
_NEWEST = "got no earlier batch with a distribution of this column"


@dataclass(frozen=True)
class Verdict:
    """About one batch.

    Attributes:
        number: distance, p-value or number of values; None where nothing could be compared.
        holds: it is within the check's limit, or could not be compared.
        note: in words, without a value of the column.
    """

    number: float | None
    holds: bool
    note: str


def judge_drift(check: Check, method: str, earlier: Sequence[Sketch], now: Sketch) -> Verdict:
    """Compare a batch's sketch with those of the reference, one per batch.

    Args:
        check: with its limits.
        method: of its rule.
        earlier: of the same kind as `now`; empty = a cold start.
        now: of the batch.
    """
    if not earlier and (named := check.arguments.get("reference")) is not None:
        return Verdict(
            None,
            False,
            f"reference {named}: got no distribution of this column, allowed a published batch that was asked",
        )
    if not earlier:
        return Verdict(None, True, f"cold start: {_NEWEST}")
    if method in OF_VALUES:
        return _of_values(check, method, [one for one in earlier if isinstance(one, Categories)], now)
    reference = merged(earlier)
    least, fewest = int(str(check.arguments.get("least_records", LEAST_RECORDS))), min(reference.records, now.records)
    if fewest < max(least, 1):
        return Verdict(None, True, f"too few records: got {fewest}, needed {least}")
    if _is_cut(reference) or _is_cut(now):
        return Verdict(None, True, _TOO_MANY)
    number = METHODS[method](reference, now)
    if number == math.inf:
        return Verdict(None, False, "moved away from a number that never varied")
    if number is None:
        return Verdict(None, True, "nothing to compare: fewer than two values")
    compared = f"{number:.4g} against {reference.records} records of {len(earlier)} batches"
    return Verdict(number, _within(check, number), compared)


def _within(check: Check, number: float) -> bool:
    if "min" in check.arguments:
        return number >= float(str(check.arguments["min"]))
    return number <= float(str(check.arguments["max"]))


def _psi(reference: Sketch, now: Sketch) -> float | None:
    return d.population_stability(*_side_by_side(reference, now))


def _jensen_shannon(reference: Sketch, now: Sketch) -> float | None:
    return d.jensen_shannon_distance(*_side_by_side(reference, now))


def _ks(reference: Sketch, now: Sketch) -> float | None:
    found = d.kolmogorov_smirnov(_quantiles(reference), _quantiles(now))
    return None if found is None else found.distance


def _wasserstein(reference: Sketch, now: Sketch) -> float | None:
    found = d.wasserstein(_quantiles(reference), _quantiles(now))
    if found is None or found.relative is not None:
        return None if found is None else found.relative
    return 0.0 if found.distance == 0 else math.inf  # there is no deviation to measure by


def _chi_square(reference: Sketch, now: Sketch) -> float | None:
    found = d.chi_square(_categories(reference), _categories(now))
    return None if found is None else found.p_value


def _cramers_v(reference: Sketch, now: Sketch) -> float | None:
    found = d.chi_square(_categories(reference), _categories(now))
    return None if found is None else found.cramers_v


METHODS: Mapping[str, Callable[[Sketch, Sketch], float | None]] = {
    "psi": _psi,
    "jensen_shannon": _jensen_shannon,
    "ks": _ks,
    "wasserstein": _wasserstein,
    "chi_square": _chi_square,
    "cramers_v": _cramers_v,
}
"""By the method of a rule, what gives the number."""


def _side_by_side(
    reference: Sketch, now: Sketch
) -> tuple[d.Histogram, d.Histogram] | tuple[d.Categories, d.Categories]:
    if isinstance(reference, Categories):
        return _categories(reference), _categories(now)
    was, current = _quantiles(reference), _quantiles(now)
    edges = d.equi_depth_edges(was, DEPTH)
    return d.Histogram.of(was, edges), d.Histogram.of(current, edges)


def _categories(sketch: Sketch) -> d.Categories:
    assert isinstance(sketch, Categories)  # as the rule asked for
    return d.Categories(sketch.counts)


def _quantiles(sketch: Sketch) -> d.Quantiles:
    """Each bin as a jump at the number that stands for it."""
    assert isinstance(sketch, Bins)  # as the rule asked for
    points, seen = [], 0
    for value, count in sketch.values():
        points += [(seen / sketch.records, value), ((seen + count) / sketch.records, value)]
        seen += count
    return d.Quantiles(tuple(points), sketch.records)


def _is_cut(sketch: Sketch) -> bool:
    """Whether some values have no name, so that those that have may be counted too low."""
    return isinstance(sketch, Categories) and sketch.others > 0


def _of_values(check: Check, method: str, earlier: Sequence[Categories], now: Sketch) -> Verdict:
    assert isinstance(now, Categories)  # as the rule asked for
    whole = [frozenset(one.counts) for one in earlier if not _is_cut(one)]
    if not whole or (method == "lost_values" and _is_cut(now)):
        return Verdict(None, True, _TOO_MANY)
    if method == "new_values":  # of a batch with too many values those that have a name are judged
        number = len(frozenset(now.counts).difference(*(one.counts for one in earlier)))
    else:
        number = len(whole[0].intersection(*whole).difference(now.counts))
    most = int(str(check.arguments.get("max", 0)))
    return Verdict(number, number <= most, f"{number} {method.replace('_', ' ')} against {len(earlier)} batches")
