"""Distances between distributions: by hand, by published examples, by their properties, on seeded samples."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridata_contracts.errors import UsageError
from gridata_jobs.statistics.drift import (
    Categories,
    ChiSquare,
    Histogram,
    Quantiles,
    Sample,
    chi_square,
    cramers_v,
    entropy,
    equi_depth_edges,
    jensen_shannon_distance,
    kolmogorov_smirnov,
    kullback_leibler,
    population_stability,
    total_variation,
    wasserstein,
)

MEASURES = (population_stability, kullback_leibler, jensen_shannon_distance, total_variation)


def counted(**counts: int) -> Categories:
    return Categories(counts)


def numbered(counts: Sequence[int]) -> Categories:
    return Categories({f"c{number:02}": count for number, count in enumerate(counts)})


def normal(count: int, seed: int, mean: float = 0.0, sigma: float = 1.0) -> Sample:
    rng = random.Random(seed)
    return Sample.of(rng.gauss(mean, sigma) for _ in range(count))


def sketch_of(sample: Sample, points: int = 101) -> Quantiles:
    shares = np.linspace(0, 1, points)
    return Quantiles(tuple(zip(shares.tolist(), sample.at(shares).tolist(), strict=True)), sample.count)


# ── by hand and as published ─────────────────────────────────────────────────────────────────────────────────────


def test_the_measures_of_two_coins_are_those_worked_by_hand() -> None:
    fair, biased = counted(heads=50, tails=50), counted(heads=75, tails=25)
    assert population_stability(fair, biased) == pytest.approx(0.25 * math.log(1.5) - 0.25 * math.log(0.5))
    assert kullback_leibler(fair, biased) == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    assert kullback_leibler(biased, fair) == pytest.approx(0.5 * math.log(0.5 / 0.75) + 0.5 * math.log(0.5 / 0.25))
    assert total_variation(fair, biased) == pytest.approx(0.25)
    bits = (math.log2(0.5 / 0.625) + math.log2(0.5 / 0.375)) * 0.5  # fair against the mean of both, 0.625 and 0.375
    bits += 0.75 * math.log2(0.75 / 0.625) + 0.25 * math.log2(0.25 / 0.375)
    assert jensen_shannon_distance(fair, biased) == pytest.approx(math.sqrt(bits / 2))


def test_kullback_leibler_of_the_textbook_example() -> None:
    """Binomial (9, 12, 4) / 25 against uniform thirds: 0.0852996 and 0.097455 nats (Wikipedia, after Kullback 1959)."""
    binomial, uniform = numbered([9, 12, 4]), numbered([1, 1, 1])
    assert kullback_leibler(uniform, binomial) == pytest.approx(0.0852996, abs=1e-6)
    assert kullback_leibler(binomial, uniform) == pytest.approx(0.097455, abs=1e-6)


def test_entropy_of_eight_equal_categories_is_three_bits_and_of_one_nothing() -> None:
    assert entropy(numbered([5] * 8)) == pytest.approx(3 * math.log(2))
    assert entropy(counted(only=9)) == 0
    assert entropy(Histogram((0, 1, 2), (1, 3))) == pytest.approx(-0.25 * math.log(0.25) - 0.75 * math.log(0.75))
    assert entropy(counted()) is None


def test_chi_square_of_a_table_worked_by_hand() -> None:
    """Rows 30 70 and 50 50: every expected count 40 or 60, so 4 * 10^2 summed over them is 2.5 + 2.5 + 5/3 + 5/3."""
    result = chi_square(counted(a=30, b=70), counted(a=50, b=50))
    assert result is not None
    assert result.statistic == pytest.approx(25 / 3)
    assert result.degrees_of_freedom == 1
    assert result.p_value == pytest.approx(math.erfc(math.sqrt(25 / 6)))  # one degree: the tail of a normal, twice
    assert result.cramers_v == pytest.approx(math.sqrt(25 / 3 / 200))
    assert result.pooled == 0


def test_cramers_v_is_one_where_one_column_tells_the_other_and_zero_where_it_tells_nothing() -> None:
    assert cramers_v([[10, 0], [0, 20]]) == pytest.approx(1)
    assert cramers_v([[10, 20], [30, 60]]) == pytest.approx(0)
    assert cramers_v([[30, 70], [50, 50]]) == pytest.approx(math.sqrt(25 / 3 / 200))
    assert cramers_v([[10, 0, 5], [0, 0, 0], [3, 0, 8]]) == cramers_v([[10, 5], [3, 8]])
    assert cramers_v([[10, 20]]) is None
    assert cramers_v([[0, 0], [0, 0]]) is None


def test_kolmogorov_smirnov_of_two_samples_worked_by_hand() -> None:
    """Of 1 2 3 and 4 5 6 the shares differ by 1 after 3; 2 of the 20 orders of three and three do so."""
    apart = kolmogorov_smirnov(Sample.of([1, 2, 3]), Sample.of([6, 5, 4]))
    assert apart is not None
    assert (apart.distance, apart.resolution) == (1, 0)
    assert apart.p_value == pytest.approx(2 / 20)
    shifted = kolmogorov_smirnov(Sample.of([1, 2, 3, 4]), Sample.of([2, 3, 4, 5]))
    assert shifted is not None
    assert shifted.distance == pytest.approx(0.25)


def test_wasserstein_is_how_far_the_records_moved() -> None:
    moved = wasserstein(Sample.of([0, 1, 3]), Sample.of([5, 6, 8]))  # SciPy's own example: 5
    assert moved is not None
    assert moved.distance == pytest.approx(5)
    assert moved.relative == pytest.approx(5 / math.sqrt(14 / 9))  # variance of 0 1 3 with n
    constant = wasserstein(Sample.of([2, 2]), Sample.of([3]))
    assert constant is not None
    assert (constant.distance, constant.relative) == (1, None)


# ── bins ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_equi_depth_bins_hold_equally_many_records_of_the_reference() -> None:
    reference = Sample.of(float(number) for number in range(1, 101))
    edges = equi_depth_edges(reference)
    assert edges[0] == -math.inf
    assert edges[-1] == math.inf
    assert Histogram.of(reference, edges).counts == pytest.approx((10,) * 10)


def test_a_column_that_is_mostly_zero_gets_a_bin_for_the_zeros() -> None:
    reference = Sample.of([0.0] * 70 + [float(number) for number in range(1, 31)])
    edges = equi_depth_edges(reference)
    assert edges[:3] == (-math.inf, 0, math.nextafter(0, 1))
    assert Histogram.of(reference, edges).counts[:2] == pytest.approx((0, 70))


def test_a_constant_column_drifts_to_either_side() -> None:
    reference = Sample.of([7.0] * 50)
    edges = equi_depth_edges(reference)
    assert len(edges) == 4
    for values in ([6.0] * 50, [8.0] * 50):
        psi = population_stability(Histogram.of(reference, edges), Histogram.of(Sample.of(values), edges))
        assert psi is not None
        assert psi > 1


def test_values_outside_the_references_range_fall_into_the_outer_bins() -> None:
    edges = equi_depth_edges(Sample.of([1.0, 2, 3, 4]), bins=2)
    assert Histogram.of(Sample.of([-1e300, 2.4, 2.5, 1e300]), edges) == Histogram((-math.inf, 2.5, math.inf), (2, 2))


def test_a_record_outside_finite_edges_is_not_lost_silently() -> None:
    for value in (-1.0, 10.0):
        with pytest.raises(UsageError, match="records outside of 0 <= value < 10"):
            Histogram.of(Sample.of([5, value]), (0, 5, 10))


def test_a_sketch_is_counted_like_the_values_it_stands_for() -> None:
    sample = normal(5000, seed=1)
    edges = equi_depth_edges(sample)
    assert Histogram.of(sketch_of(sample), edges).counts == pytest.approx((500,) * 10, abs=1)


# ── empty cells, unseen and rare categories ──────────────────────────────────────────────────────────────────────


def test_an_empty_cell_counts_as_half_a_record() -> None:
    psi = population_stability(counted(a=50, b=50), counted(a=100))
    share = 0.5 / 100.5
    wanted = (1 - share - 0.5) * math.log((1 - share) / 0.5) + (share - 0.5) * math.log(share / 0.5)
    assert psi == pytest.approx(wanted)


def test_a_category_the_reference_has_not_seen_is_drift() -> None:
    before, now = counted(a=500, b=500), counted(a=450, b=450, new=100)
    for measure in MEASURES:
        distance = measure(before, now)
        assert distance is not None
        assert distance > 0.04, measure
    tested = chi_square(before, now)
    assert tested is not None
    assert tested.p_value < 1e-20


def test_cells_empty_on_both_sides_change_nothing() -> None:
    for measure in (*MEASURES, chi_square):
        assert measure(counted(a=9, b=20, z=0), counted(b=31, a=8)) == measure(counted(a=9, b=20), counted(a=8, b=31))


def test_rare_categories_are_pooled_until_five_are_expected() -> None:
    before = counted(big=80, large=14, r1=3, r2=2, r3=1)
    now = counted(big=84, large=12, r1=1, r4=3)
    pooled = chi_square(before, now)
    by_hand = chi_square(counted(big=80, large=14, rare=6), counted(big=84, large=12, rare=4))
    assert pooled is not None
    assert by_hand is not None
    assert pooled == ChiSquare(
        by_hand.statistic, by_hand.p_value, 2, by_hand.cramers_v, pooled=4
    )  # rare expect (6 + 4) / 2 = 5


def test_a_pool_that_is_still_too_small_takes_the_next_rarest_in() -> None:
    pooled = chi_square(counted(big=80, mid=20, rare=1), counted(big=80, mid=19, rare=2))
    by_hand = chi_square(counted(big=80, rest=21), counted(big=80, rest=21))
    assert pooled is not None
    assert by_hand is not None
    assert (pooled.statistic, pooled.degrees_of_freedom, pooled.pooled) == (by_hand.statistic, 1, 2)


def test_too_few_records_for_two_cells_of_five_cannot_be_tested() -> None:
    assert chi_square(counted(a=3, b=2), counted(a=2, b=3)) is None
    assert chi_square(counted(only=100), counted(only=90)) is None


def test_a_side_without_records_has_no_distance() -> None:
    for measure in (*MEASURES, chi_square):
        assert measure(counted(a=5, b=9), counted(a=0)) is None
        assert measure(counted(), counted(a=5)) is None
    for test in (kolmogorov_smirnov, wasserstein):
        assert test(Sample.of([]), Sample.of([1.0])) is None
        assert test(Sample.of([1.0]), Sample.of([math.nan])) is None
    assert Histogram.of(Sample.of([]), (-math.inf, 0, math.inf)).counts == (0, 0)


def test_values_that_are_no_number_are_left_out_and_counted() -> None:
    sample = Sample.of([math.nan, 2, math.inf, 1, -math.inf])
    assert (sample.knots.tolist(), sample.left_out) == ([1, 2], 3)


# ── sketches ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sketch_gives_the_distance_of_its_samples_within_its_resolution() -> None:
    was, now = normal(4000, seed=2), normal(3000, seed=3, mean=0.3)
    exact = kolmogorov_smirnov(was, now)
    sketched = kolmogorov_smirnov(sketch_of(was), sketch_of(now))
    mixed = kolmogorov_smirnov(was, sketch_of(now))
    assert exact is not None
    assert sketched is not None
    assert mixed is not None
    assert sketched.resolution == pytest.approx(0.02)
    assert mixed.resolution == pytest.approx(0.01)
    assert abs(sketched.distance - exact.distance) <= sketched.resolution
    assert abs(mixed.distance - exact.distance) <= mixed.resolution
    assert sketched.p_value < 1e-12


def test_a_sketch_gives_the_wasserstein_distance_of_its_samples() -> None:
    was, now = normal(4000, seed=2), normal(3000, seed=3, mean=0.3)
    exact, sketched = wasserstein(was, now), wasserstein(sketch_of(was), sketch_of(now))
    assert exact is not None
    assert sketched is not None
    assert sketched.distance == pytest.approx(exact.distance, rel=0.02)


def test_a_jump_in_a_sketch_is_a_share_of_equal_values() -> None:
    """Half of the records are 0, the others spread evenly over 0 to 10."""
    zeros = Quantiles(((0, 0), (0.5, 0), (1, 10)), 100)
    assert zeros.below(np.asarray([0.0, 5, 11])).tolist() == [0, 0.75, 1]
    assert zeros.up_to(np.asarray([-1.0, 0, 5, 10])).tolist() == [0, 0.5, 0.75, 1]
    even = Quantiles(((0, 0), (1, 10)), 100)
    tested = kolmogorov_smirnov(zeros, even)
    assert tested is not None
    assert tested.distance == pytest.approx(0.5)


def test_a_constant_sketch_equals_itself_and_no_other() -> None:
    same, other = (Quantiles(((0, value), (1, value)), 50) for value in (1.0, 2.0))
    at_home, away = kolmogorov_smirnov(same, same), kolmogorov_smirnov(same, other)
    assert at_home is not None
    assert away is not None
    assert (at_home.distance, away.distance, away.resolution) == (0, 1, 0)
    assert Histogram.of(other, equi_depth_edges(same)).counts == (0, 0, 50)


# ── properties ───────────────────────────────────────────────────────────────────────────────────────────────────

counts = st.lists(st.integers(0, 500), min_size=2, max_size=12).filter(any)
pairs = st.integers(2, 12).flatmap(
    lambda cells: st.tuples(*[st.lists(st.integers(0, 500), min_size=cells, max_size=cells).filter(any)] * 2)
)
samples = st.lists(st.integers(-50, 50).map(float), min_size=1, max_size=40)


@settings(deadline=None)
@given(counts)
def test_a_distribution_is_at_no_distance_from_itself(cells: list[int]) -> None:
    for measure in MEASURES:
        assert measure(numbered(cells), numbered(cells)) == pytest.approx(0, abs=1e-7), measure


@settings(deadline=None)
@given(pairs)
def test_symmetric_measures_are_symmetric_and_stay_in_their_range(pair: tuple[list[int], list[int]]) -> None:
    was, now = numbered(pair[0]), numbered(pair[1])
    for measure, most in ((population_stability, math.inf), (jensen_shannon_distance, 1), (total_variation, 1)):
        there, back = measure(was, now), measure(now, was)
        assert there == pytest.approx(back, abs=1e-7)
        assert there is not None
        assert 0 <= there <= most + 1e-12


@settings(deadline=None)
@given(pairs)
def test_psi_is_both_kullback_leibler_divergences_together(pair: tuple[list[int], list[int]]) -> None:
    was, now = numbered(pair[0]), numbered(pair[1])
    there, back = kullback_leibler(was, now), kullback_leibler(now, was)
    assert there is not None
    assert back is not None
    assert population_stability(was, now) == pytest.approx(there + back, abs=1e-9)


@settings(deadline=None)
@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_categories_does_not_matter(pair: tuple[list[int], list[int]], rng: random.Random) -> None:
    was, now = numbered(pair[0]).counts, numbered(pair[1]).counts
    names = rng.sample(sorted(was), len(was))
    shuffled = [Categories({name: side[name] for name in names}) for side in (was, now)]
    for measure in (*MEASURES, chi_square):
        assert measure(*shuffled) == measure(Categories(was), Categories(now))
    assert entropy(shuffled[0]) == entropy(Categories(was))


@settings(max_examples=50, deadline=None)
@given(samples, samples, st.sampled_from([0.5, 2.0, 16.0]), st.integers(-100, 100))
def test_ks_does_not_depend_on_the_unit_and_wasserstein_scales_with_it(
    was: list[float], now: list[float], scale: float, shift: float
) -> None:
    plain = Sample.of(was), Sample.of(now)
    moved = Sample.of(scale * one + shift for one in was), Sample.of(scale * one + shift for one in now)
    assert kolmogorov_smirnov(*plain) == kolmogorov_smirnov(*moved)
    there, here = wasserstein(*moved), wasserstein(*plain)
    assert there is not None
    assert here is not None
    assert there.distance == pytest.approx(scale * here.distance, abs=1e-9)


@settings(deadline=None)
@given(samples, st.integers(2, 12))
def test_every_record_is_in_exactly_one_bin(values: list[float], bins: int) -> None:
    sample = Sample.of(values)
    histogram = Histogram.of(sample, equi_depth_edges(sample, bins))
    assert sum(histogram.counts) == pytest.approx(len(values))


@settings(max_examples=50, deadline=None)
@given(samples, samples)
def test_a_sketch_that_keeps_every_jump_has_the_samples_distance(was: list[float], now: list[float]) -> None:
    exact = kolmogorov_smirnov(Sample.of(was), Sample.of(now))
    sketched = kolmogorov_smirnov(*(Quantiles(_steps(values), len(values)) for values in (was, now)))
    assert exact is not None
    assert sketched is not None
    # Between two values the sketch is a line and the sample a step: at the values' own right sides they agree.
    assert sketched.distance == pytest.approx(exact.distance, abs=1e-12)


def _steps(values: list[float]) -> tuple[tuple[float, float], ...]:
    ordered = sorted(values)
    starts = [(number / len(values), value) for number, value in enumerate(ordered)]
    ends = [((number + 1) / len(values), value) for number, value in enumerate(ordered)]
    return tuple(point for both in zip(starts, ends, strict=True) for point in both)


# ── seeded samples ───────────────────────────────────────────────────────────────────────────────────────────────


def test_psi_without_drift_is_about_cells_over_records() -> None:
    """(10 - 1) * (1 / 2000 + 1 / 500): what the documented formula says."""
    seen = []
    for seed in range(60):
        was, now = normal(2000, seed=2 * seed), normal(500, seed=2 * seed + 1)
        edges = equi_depth_edges(was)
        seen.append(population_stability(Histogram.of(was, edges), Histogram.of(now, edges)))
    assert np.mean([psi for psi in seen if psi is not None]) == pytest.approx(9 * (1 / 2000 + 1 / 500), rel=0.2)


def test_a_shift_of_half_a_sigma_passes_the_documented_thresholds_and_no_shift_does_not() -> None:
    was, same, moved = normal(5000, seed=1), normal(5000, seed=2), normal(5000, seed=3, mean=0.5)
    edges = equi_depth_edges(was)
    for now, drifted in ((same, False), (moved, True)):
        cells = Histogram.of(was, edges), Histogram.of(now, edges)
        psi, jensen, kullback = (measure(*cells) for measure in MEASURES[:1] + MEASURES[2:3] + MEASURES[1:2])
        tested, far = kolmogorov_smirnov(was, now), wasserstein(was, now)
        assert psi is not None
        assert jensen is not None
        assert kullback is not None
        assert tested is not None
        assert far is not None
        assert far.relative is not None
        assert (psi >= 0.2, jensen >= 0.12, kullback >= 0.1, far.relative >= 0.1) == (drifted,) * 4
        assert (tested.distance >= 0.1, tested.p_value < 0.001) == (drifted,) * 2


def test_of_a_million_records_a_small_drift_has_a_tiny_p_value_and_a_small_strength() -> None:
    tested = chi_square(counted(a=500_000, b=500_000), counted(a=505_000, b=495_000))
    assert tested is not None
    assert tested.p_value < 1e-10
    assert tested.cramers_v < 0.01


def test_false_alarms_of_the_tests_keep_to_their_level() -> None:
    runs = 200
    ks_alarms = chi_alarms = 0
    for seed in range(runs):
        was, now = normal(200, seed=2 * seed), normal(200, seed=2 * seed + 1)
        tested = kolmogorov_smirnov(was, now)
        edges = equi_depth_edges(was, 5)
        counted_in = chi_square(*(Histogram.of(side, edges) for side in (was, now)))
        assert tested is not None
        assert counted_in is not None
        ks_alarms += tested.p_value < 0.05
        chi_alarms += counted_in.p_value < 0.05
    assert ks_alarms / runs <= 0.1
    assert chi_alarms / runs <= 0.1


def test_exact_and_limit_p_values_meet_where_the_code_changes_over() -> None:
    was, now = normal(500, seed=11), normal(500, seed=12, mean=0.1)
    more = Sample.of([*now.knots.tolist(), float(now.knots[-1])])
    exact, limit = kolmogorov_smirnov(was, now), kolmogorov_smirnov(was, more)
    assert exact is not None
    assert limit is not None
    assert limit.p_value == pytest.approx(exact.p_value, rel=0.25)


# ── wrong input, start-up ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Histogram((0, 0, 1), (1, 2)), "allowed two or more that rise"),
        (lambda: Histogram((0, math.nan, 1), (1, 2)), "allowed two or more that rise"),
        (lambda: Histogram((0, 1, 2), (1,)), "allowed 2 finite counts >= 0"),
        (lambda: Histogram((0, 1, 2), (1, -1)), "allowed 2 finite counts >= 0"),
        (lambda: counted(a=-1), "got -1"),
        (lambda: Quantiles(((0, 1), (0.9, 2)), 5), "Add the minimum and the maximum"),
        (lambda: Quantiles(((0, 1), (0.5, 3), (1, 2)), 5), "rising shares and values"),
        (lambda: Quantiles(((0, 1), (1, math.inf)), 5), "finite"),
        (lambda: Quantiles((), 0), "from 0 to 1"),
        (lambda: equi_depth_edges(Sample.of([]), 10), "of 0 records"),
        (lambda: equi_depth_edges(Sample.of([1.0]), 1), "allowed >= 2"),
        (lambda: population_stability(counted(a=1), Histogram((0, 1), (1,))), "got a Categories and a Histogram"),
        (lambda: total_variation(Histogram((0, 1), (1,)), Histogram((0, 2), (1,))), "with equal edges"),
    ],
)
def test_wrong_input_is_refused_with_what_is_allowed(make, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        make()
    assert words in str(refused.value)


def test_importing_the_package_loads_neither_scipy_nor_statsmodels() -> None:
    code = (
        "import sys, gridata_jobs.statistics.anomaly as a; assert 'numpy' not in sys.modules; "
        "import gridata_jobs.statistics.drift as d; assert not {'scipy', 'statsmodels', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
