"""How far a batch's distribution is from that of earlier batches: arithmetic on sketches, no row is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gridata_contracts.model import Check
from gridata_contracts.rules.sketched import DEPTH, LEAST_RECORDS
from gridata_contracts.sketches import Bins, Categories, Sketch, merged
from gridata_jobs.statistics import drift as d

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
    if not earlier:
        return Verdict(None, True, f"cold start: {_NEWEST}")
    if method in _SETS:
        return _of_values(check, _SETS[method], [one for one in earlier if isinstance(one, Categories)], now)
    reference = merged(earlier)
    least, fewest = int(str(check.arguments.get("least_records", LEAST_RECORDS))), min(reference.records, now.records)
    if fewest < max(least, 1):
        return Verdict(None, True, f"too few records: got {fewest}, needed {least}")
    number = METHODS[method](reference, now)
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
    return 0.0 if found.distance == 0 else float("inf")  # away from a number that never varied


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
    """Values by a name that no value has: those too rare to be named are one category."""
    assert isinstance(sketch, Categories)  # as the rule asked for
    named = {f"={name}": count for name, count in sketch.counts.items()}
    return d.Categories({**named, "others": sketch.others} if sketch.others else named)


def _quantiles(sketch: Sketch) -> d.Quantiles:
    """Each bin as a jump at the number that stands for it."""
    assert isinstance(sketch, Bins)  # as the rule asked for
    points, seen = [], 0
    for value, count in sketch.values():
        points += [(seen / sketch.records, value), ((seen + count) / sketch.records, value)]
        seen += count
    return d.Quantiles(tuple(points), sketch.records)


def _new(names: frozenset[str], earlier: Sequence[frozenset[str]]) -> int:
    return len(names.difference(*earlier))


def _lost(names: frozenset[str], earlier: Sequence[frozenset[str]]) -> int:
    return len(earlier[0].intersection(*earlier) - names)


_SETS: Mapping[str, tuple[str, Callable[[frozenset[str], Sequence[frozenset[str]]], int]]] = {
    "new_values": ("new", _new),
    "lost_values": ("lost", _lost),
}


def _of_values(
    check: Check,
    counting: tuple[str, Callable[[frozenset[str], Sequence[frozenset[str]]], int]],
    earlier: Sequence[Categories],
    now: Sketch,
) -> Verdict:
    assert isinstance(now, Categories)  # as the rule asked for
    if now.others or any(one.others for one in earlier):
        return Verdict(None, True, "too many different values to keep each of them")
    word, count = counting
    number = count(frozenset(now.counts), [frozenset(one.counts) for one in earlier])
    most = int(str(check.arguments.get("max", 0)))
    return Verdict(number, number <= most, f"{number} {word} values against {len(earlier)} batches")
