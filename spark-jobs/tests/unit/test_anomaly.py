"""Judging a metric's value by its history: bands by hand, cold starts, seasons, backfills, false alarms."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from statistics import stdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridata_contracts.errors import UsageError
from gridata_jobs.statistics.anomaly import (
    AbsoluteChange,
    BatchNormal,
    Bounds,
    HoltWinters,
    Judgement,
    Method,
    NewCategories,
    OnlineNormal,
    Point,
    RateOfChange,
    Robust,
    RollingComparison,
    came_late,
    judge,
)

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)
WEEK = (0.0, 20.0, 10.0, 5.0, 30.0, -300.0, -350.0)

MODE: Any = "mode"  # not one of the aggregates

EVERY_METHOD: tuple[Method, ...] = (
    Bounds(low=0, high=1),
    AbsoluteChange(low=-1, high=1),
    RateOfChange(low=0.5, high=2),
    OnlineNormal(),
    BatchNormal(),
    Robust(),
    RollingComparison(low=0.5, high=2),
    HoltWinters(period=7),
)


def daily(values: Iterable[float]) -> list[Point]:
    return [Point(START + number * DAY, value) for number, value in enumerate(values)]


def next_day(history: Sequence[Point], value: float) -> Point:
    return Point(history[-1].at + DAY if history else START, value)


def judged(method: Method, values: Iterable[float], value: float) -> Judgement:
    history = daily(values)
    return judge(method, history, next_day(history, value))


def band(method: Method, values: Iterable[float]) -> tuple[float | None, float | None]:
    judgement = judged(method, values, 0.0)
    return judgement.low, judgement.high


def weekly(days: int, seed: int, noise: float = 20.0) -> list[float]:
    rng = random.Random(seed)
    return [1000 + WEEK[day % 7] + rng.gauss(0, noise) for day in range(days)]


# ── bands, worked by hand ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "history", "low", "high"),
    [
        (Bounds(low=10, high=20), [], 10, 20),
        (Bounds(high=20), [], None, 20),
        (AbsoluteChange(low=-10, high=5), [100], 90, 105),
        (AbsoluteChange(low=-10, high=5, order=0), [100], -10, 5),
        (AbsoluteChange(low=-1, high=1, order=2), [3, 5], 6, 8),  # 7 goes on straight: 7 - 2*5 + 3 = 0
        (AbsoluteChange(low=0, high=0, order=3), [1, 4, 9], 16, 16),  # third differences of squares are 0
        (RateOfChange(low=0.5, high=2), [7, 100], 50, 200),
        (RateOfChange(low=0.5, high=2, order=2), [7, 100], 3.5, 14),
        (RateOfChange(low=0.5, high=2), [-100], -200, -50),
        (RateOfChange(high=2), [-100], -200, None),
        (RateOfChange(low=0.5, high=2), [0], 0, 0),
        (RollingComparison(aggregate="avg", window=2, low=0.8, minimum_points=1), [1, 90, 110], 80, None),
        (RollingComparison(aggregate="avg", low=0.8), [90, 100, 110], 80, None),
        (RollingComparison(aggregate="min", low=1, high=2), [7, 3, 5], 3, 6),
        (RollingComparison(aggregate="max", low=0.5, high=1), [7, 3, 5], 3.5, 7),
        (RollingComparison(aggregate="median", low=1, high=3), [7, 3, 5, 100], 6, 18),
        (RollingComparison(aggregate="sum", window=3, low=0.1, high=0.5), [9, 1, 2, 3], 0.6, 3),
        (RollingComparison(aggregate="avg", low=0.8, high=1.2), [-10, -10, -10], -12, -8),
        (
            BatchNormal(window=None),
            [2, 4, 4, 4, 5, 5, 7, 9, 5, 5],
            5 - 3 * math.sqrt(32 / 9),
            5 + 3 * math.sqrt(32 / 9),
        ),
        (BatchNormal(window=2, minimum_points=2, sigmas_below=None), [99, 1, 3], None, 2 + 3 * math.sqrt(2)),
        (Robust(minimum_points=7), [1, 1, 2, 2, 4, 6, 9], 2 - 3.5 * 1.4826, 2 + 3.5 * 1.4826),
        (Robust(minimum_points=5, sigmas_below=1, sigmas_above=2), [0, 0, 0, 0, 10], -1.2533 * 2, 2 * 1.2533 * 2),
    ],
)
def test_the_band_is_the_one_worked_by_hand(
    method: Method, history: list[float], low: float | None, high: float | None
) -> None:
    assert [*band(method, history)] == [pytest.approx(low), pytest.approx(high)]


def test_online_normal_is_mean_and_sample_deviation_of_all_points() -> None:
    values = [2.0, 4, 4, 4, 5, 5, 7, 9, 5, 5]  # mean 5, squared deviations 32
    assert band(OnlineNormal(), values) == pytest.approx((5 - 3 * math.sqrt(32 / 9), 5 + 3 * math.sqrt(32 / 9)))


def test_deequs_published_example_of_ten_percent_change() -> None:
    """RelativeRateOfChangeStrategy(0.9, 1.1) flags what changes by more than ten percent in one step."""
    method = RateOfChange(low=0.9, high=1.1)
    assert [judged(method, [100], value).anomalous for value in (89.9, 90, 110, 110.1)] == [True, False, False, True]


def test_deequs_published_example_of_online_normal_ignores_the_anomaly_in_its_history() -> None:
    """Of 1 1 1 2 1 1 1 the 2 leaves no trace: mean 1, sigma 0. deequ: 'ignores anomalies in calculation if wanted'."""
    skipping = OnlineNormal(minimum_points=2)
    assert band(skipping, [1, 1, 1, 2, 1, 1, 1]) == pytest.approx((1, 1))
    keeping = OnlineNormal(minimum_points=2, skip_anomalies=False)
    assert band(keeping, [1, 1, 1, 2, 1, 1, 1])[1] == pytest.approx(8 / 7 + 3 * math.sqrt(1 / 7))


def test_an_edge_is_accepted_and_rounding_does_not_make_an_anomaly() -> None:
    method = RateOfChange(low=0.1, high=0.1)
    assert 3 * 0.1 > 0.3
    assert judged(method, [3], 0.3).anomalous is False
    assert judged(method, [3], 0.3000001).anomalous is True


def test_zero_is_accepted_after_zero_and_nothing_else_is() -> None:
    method = RateOfChange(low=0.5, high=2)
    assert [judged(method, [0], value).anomalous for value in (0, 1, -1)] == [False, True, True]


def test_the_reason_says_value_band_and_basis() -> None:
    assert judged(RateOfChange(low=0.5), [100], 49).reason == "49 is below 50: ratio to 100, 1 back"
    assert judged(RateOfChange(low=0.5), [100], 51).reason == "51 is within the band: ratio to 100, 1 back"


# ── what the spread methods do at their ends ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", [OnlineNormal(), BatchNormal(), Robust(), HoltWinters(period=7)])
@pytest.mark.parametrize("level", [0.0, 0.1, 1000.0, -3e9])
def test_after_a_constant_history_only_a_change_is_anomalous(method: Method, level: float) -> None:
    assert judged(method, [level] * 30, level).anomalous is False
    assert judged(method, [level] * 30, level + 1).anomalous is True


@pytest.mark.parametrize(
    "method",
    [
        OnlineNormal(least_margin=5),
        BatchNormal(least_margin=5),
        Robust(least_margin=5),
        HoltWinters(period=7, least_margin=5),
    ],
)
def test_a_change_below_the_least_margin_is_no_anomaly(method: Method) -> None:
    assert judged(method, [100] * 30, 105).anomalous is False
    assert judged(method, [100] * 30, 106).anomalous is True


def test_robust_sees_past_wild_points_that_blind_the_mean() -> None:
    history = [100, 101, 99, 100, 102, 98, 100, 101, 99, 100, 5000, 9000]
    assert judged(Robust(), history, 150).anomalous is True
    assert judged(BatchNormal(), history, 150).anomalous is False


def test_robust_with_a_deviation_of_zero_takes_the_mean_deviation() -> None:
    history = [0.0] * 27 + [28.0]  # median and MAD 0, mean deviation 1
    assert band(Robust(), history) == pytest.approx((-3.5 * 1.2533, 3.5 * 1.2533))


def test_a_ramp_up_is_ignored_when_asked() -> None:
    history = [1.0, 5, 20, 60, *[100.0, 101, 99, 100] * 4]
    assert judged(OnlineNormal(), history, 130).anomalous is False
    assert judged(OnlineNormal(start_up_share=0.2), history, 130).anomalous is True


def test_a_new_level_is_accepted_after_seven_points_in_a_row_and_one_of_them_alone_is_not() -> None:
    old, new = [100.0, 101, 99] * 5, [200.0, 201, 199, 200, 201, 199, 200]
    assert judged(OnlineNormal(), old + new[:6], 200).anomalous is True
    assert judged(OnlineNormal(), old + new, 200).anomalous is None
    assert judged(OnlineNormal(), old + new + new[:3], 200).anomalous is False
    assert judged(OnlineNormal(restart_after=None), old + new + new, 200).anomalous is True


# ── seasons ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(5))
def test_a_level_shift_in_a_weekly_series_is_caught_by_holt_winters_and_not_by_plain_normal(seed: int) -> None:
    values = weekly(57, seed)
    history, shifted = values[:-1], values[-1] - 200  # six sigmas of the noise, far inside the weekly swing
    assert judged(HoltWinters(period=7), history, shifted).anomalous is True
    assert judged(BatchNormal(), history, shifted).anomalous is False
    assert judged(OnlineNormal(), history, shifted).anomalous is False
    assert judged(HoltWinters(period=7), history, values[-1]).anomalous is False


def test_a_perfect_season_is_forecast_without_error() -> None:
    values = [10.0 + WEEK[day % 7] for day in range(43)]
    judgement = judged(HoltWinters(period=7), values[:-1], values[-1])
    assert judgement.anomalous is False
    assert judgement.low == pytest.approx(values[-1])
    assert judged(HoltWinters(period=7), values[:-1], values[-1] + 1).anomalous is True


def test_a_missing_day_keeps_its_place_in_the_season() -> None:
    values = weekly(57, seed=1)
    history = daily(values[:-1])
    holed = [point for number, point in enumerate(history) if number not in {0, 9, 24, 40, 55}]
    monday = next_day(history, values[-1])
    assert judge(HoltWinters(period=7), holed, monday).anomalous is False
    assert judge(HoltWinters(period=7), holed, Point(monday.at, values[-1] - 250)).anomalous is True


def test_working_days_alone_have_a_weekly_season() -> None:
    history = [point for point in daily(weekly(56, seed=2)) if point.at.weekday() < 5]
    monday = Point(START + 56 * DAY, 1000)
    assert judge(HoltWinters(period=7), history, monday).anomalous is False
    assert judge(HoltWinters(period=7), history, Point(monday.at, 700)).anomalous is True


def test_months_are_slots_although_they_differ_in_length() -> None:
    months = [datetime(2022 + number // 12, 1 + number % 12, 1, tzinfo=UTC) for number in range(49)]
    rng = random.Random(6)
    history = [Point(at, 100.0 * at.month + rng.gauss(0, 5)) for at in months[:-1]]
    january = judge(HoltWinters(period=12), history, Point(months[-1], 100))
    assert january.anomalous is False
    assert "of 48 points" in january.reason
    assert judge(HoltWinters(period=12), history, Point(months[-1], 300)).anomalous is True


def test_runs_that_start_late_or_twice_stay_in_their_day() -> None:
    rng = random.Random(3)
    values = weekly(57, seed=3)
    exact = daily(values)
    late = [Point(point.at + timedelta(minutes=rng.randrange(300)), point.value) for point in exact[:-1]]
    twice = sorted([*late, Point(late[20].at + timedelta(hours=2), late[20].value)], key=lambda point: point.at)
    method = HoltWinters(period=7, cadence=DAY)
    wanted = judge(method, exact[:-1], exact[-1])
    assert judge(method, late, exact[-1]) == wanted
    assert judge(method, twice, exact[-1]) == wanted


def test_an_earlier_measurement_of_the_judged_day_is_no_part_of_its_baseline() -> None:
    history = daily(weekly(57, seed=4))
    earlier = Point(history[-1].at - timedelta(hours=3), 1e6)
    method = HoltWinters(period=7, cadence=DAY)
    assert judge(method, [*history[:-1], earlier], history[-1]) == judge(method, history[:-1], history[-1])


def test_a_cadence_longer_than_the_history_is_a_cold_start() -> None:
    judgement = judged(HoltWinters(period=7, cadence=timedelta(days=365)), weekly(56, seed=4), 1000)
    assert judgement.reason == "undecided: cold start: got 0 slots with a point, needed 24"


def test_a_forecast_over_a_gap_is_less_sure() -> None:
    history = daily(weekly(56, seed=5))
    near, far = (judge(HoltWinters(period=7), history, Point(START + day * DAY, 1000)) for day in (56, 61))
    assert near.low is not None
    assert near.high is not None
    assert far.low is not None
    assert far.high is not None
    assert far.high - far.low >= near.high - near.low


@pytest.mark.parametrize(
    ("kept", "judged_day", "words"),
    [
        (range(24), 32, "slots old, allowed one period of 7"),
        (range(23), 23, "cold start: got 23 points, needed 24"),
        ((*range(23), 22.4), 23, "cold start: got 23 slots with a point, needed 24"),
        ([day for day in range(60) if day % 7 not in {1, 3, 5}], 60, "gaps: got 34 of 59 slots"),
    ],
)
def test_holt_winters_says_which_hole_it_cannot_bridge(kept: Iterable[float], judged_day: int, words: str) -> None:
    history = [Point(START + day * DAY, day % 7 + day % 2) for day in kept]
    judgement = judge(HoltWinters(period=7, cadence=DAY), history, Point(START + judged_day * DAY, 3))
    assert judgement.anomalous is None
    assert words in judgement.reason


# ── cold start, no number, backfill ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", [method for method in EVERY_METHOD if method.minimum_points])
def test_one_point_too_few_is_undecided_and_enough_is_decided(method: Method) -> None:
    values = [1 + 0.01 * (number % 3) for number in range(method.minimum_points)]
    assert judged(method, values[1:], 1.0) == Judgement(
        None, None, None, f"undecided: cold start: got {len(values) - 1} points, needed {len(values)}"
    )
    assert judged(method, values, 1.0).anomalous is not None


def test_a_sum_waits_for_its_whole_window() -> None:
    method = RollingComparison(aggregate="sum", window=5, low=0.1)
    assert judged(method, [1] * 4, 1).anomalous is None
    assert judged(method, [1] * 5, 1).anomalous is False


@pytest.mark.parametrize("method", EVERY_METHOD)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_undecided(method: Method, value: float) -> None:
    assert judged(method, [1.0] * 40, value) == Judgement(
        None, None, None, f"undecided: the value is {value}, not a finite number"
    )


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_points_that_are_no_number_are_left_out_and_the_reason_says_so(method: Method) -> None:
    values = [1 + 0.01 * (number % 3) for number in range(30)]
    clean = judged(method, values, 1.0)
    holed = daily(values)
    holed += [Point(holed[3].at + timedelta(seconds=1), math.nan), Point(holed[5].at + timedelta(seconds=1), math.inf)]
    judgement = judge(method, holed, next_day(daily(values), 1.0))
    assert judgement.reason == f"{clean.reason}; 2 points left out: not finite"
    assert (judgement.low, judgement.high) == (clean.low, clean.high)


def test_numbers_too_large_for_doubles_are_undecided() -> None:
    huge = [1.7e308, -1.7e308] * 10
    for method in (OnlineNormal(), BatchNormal(), Robust(), RollingComparison(aggregate="sum", high=1e9)):
        judgement = judged(method, huge if isinstance(method, BatchNormal | OnlineNormal) else [1.7e308] * 20, 1.0)
        assert judgement.anomalous is None, method


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_a_backfill_of_an_old_day_does_not_disturb_todays_judgement(method: Method) -> None:
    history = daily(weekly(56, seed=7))
    today = next_day(history, 1000)
    again = Point(history[30].at, -1e6, backfill=True)
    between = Point(history[54].at + timedelta(hours=1), 1e6, backfill=True)
    assert judge(method, [*history, again, between], today) == judge(method, history, today)


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_an_old_day_is_judged_by_what_was_before_it(method: Method) -> None:
    history = daily(weekly(56, seed=8))
    old = Point(history[40].at, 1000.0, backfill=True)
    assert came_late(history, old.at)
    alone, with_newer = judge(method, history[:40], old), judge(method, history, old)
    assert with_newer == alone
    assert with_newer.reason.endswith("; backfill: judged by points before its own instant")


def test_a_first_load_is_a_baseline_although_it_is_a_backfill() -> None:
    loaded = [Point(point.at, point.value, backfill=True) for point in daily([100.0, 101, 99] * 5)]
    assert judge(BatchNormal(), loaded, next_day(loaded, 100)).anomalous is False
    assert judge(BatchNormal(), loaded, next_day(loaded, 200)).anomalous is True


def test_an_instant_measured_twice_counts_once_with_its_last_value() -> None:
    first = daily([100.0])
    again = [*first, Point(first[0].at.astimezone(timezone(timedelta(hours=5))), 50.0)]
    assert judge(RateOfChange(low=0.5), again, next_day(first, 25)).low == 25


@settings(deadline=None)
@given(st.permutations(range(12)))
def test_the_order_points_came_in_does_not_matter(order: list[int]) -> None:
    history = daily([float(number * number) for number in range(12)])
    today = next_day(history, 144)
    for method in (AbsoluteChange(high=30, order=2), OnlineNormal(), BatchNormal(), RollingComparison(low=1)):
        assert judge(method, [history[number] for number in order], today) == judge(method, history, today)


def test_a_local_time_is_refused() -> None:
    with pytest.raises(UsageError, match="without a zone"):
        Point(datetime(2026, 1, 1), 1)  # noqa: DTZ001 - the fault under test


# ── properties ───────────────────────────────────────────────────────────────────────────────────────────────────

whole = st.integers(-1000, 1000).map(float)
histories = st.lists(whole, min_size=10, max_size=40)


@settings(deadline=None)
@given(histories, whole, st.sampled_from([-4.0, -0.5, 0.25, 3.0, 1024.0]), st.integers(-5000, 5000))
def test_robust_does_not_depend_on_unit_and_origin(
    history: list[float], value: float, scale: float, shift: float
) -> None:
    plain = judged(Robust(), history, value)
    moved = judged(Robust(), [scale * one + shift for one in history], scale * value + shift)
    assert moved.anomalous == plain.anomalous
    assert plain.low is not None
    assert plain.high is not None
    edges = sorted((scale * plain.low + shift, scale * plain.high + shift))
    assert [moved.low, moved.high] == pytest.approx(edges, rel=1e-9, abs=1e-6)


@settings(deadline=None)
@given(st.lists(whole, min_size=10, max_size=40, unique=True), st.integers(0, 39), st.floats(-1e12, 1e12))
def test_one_wild_point_moves_the_robust_band_by_no_more_than_the_other_points_spread(
    history: list[float], place: int, wild: float
) -> None:
    spoilt = [*history]
    spoilt[place % len(history)] = wild
    low, high = band(Robust(window=None), spoilt)
    assert low is not None
    assert high is not None
    spread = max(history) - min(history)
    assert low >= min(history) - 3.5 * 1.4826 * spread - 1e-6
    assert high <= max(history) + 3.5 * 1.4826 * spread + 1e-6


@settings(deadline=None)
@given(histories)
def test_running_moments_are_those_of_the_whole(history: list[float]) -> None:
    keeping = OnlineNormal(skip_anomalies=False, sigmas_below=1, sigmas_above=1)
    low, high = band(keeping, history)
    assert low is not None
    assert high is not None
    assert (high - low) / 2 == pytest.approx(stdev(history), rel=1e-6, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40), st.floats(allow_nan=True))
def test_no_history_makes_a_method_fail(history: list[float], value: float) -> None:
    for method in EVERY_METHOD[:-1]:
        judgement = judged(method, history, value)
        assert (judgement.anomalous is None) == judgement.reason.startswith("undecided: ")


# ── false alarms ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("method", "most"),
    [(BatchNormal(), 0.015), (OnlineNormal(), 0.015), (Robust(), 0.02), (HoltWinters(period=7), 0.05)],
)
def test_false_alarms_on_clean_noise_stay_below_the_stated_bound(method: Method, most: float) -> None:
    runs = 30 if isinstance(method, HoltWinters) else 1000
    alarms = 0
    for seed in range(runs):
        values = weekly(43, seed) if isinstance(method, HoltWinters) else _noise(43, seed)
        alarms += judged(method, values[:-1], values[-1]).anomalous is True
    assert alarms / runs <= most


def _noise(days: int, seed: int) -> list[float]:
    rng = random.Random(seed)
    return [rng.gauss(100, 5) for _ in range(days)]


# ── parameters ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (Bounds, "at least one of them"),
        (lambda: Bounds(low=2, high=1), "low <= high"),
        (lambda: Bounds(low=math.nan), "finite"),
        (lambda: AbsoluteChange(low=0, order=-1), "allowed >= 0"),
        (lambda: RateOfChange(low=0, order=0), "allowed >= 1"),
        (lambda: BatchNormal(sigmas_below=None, sigmas_above=None), "at most one side open"),
        (lambda: BatchNormal(sigmas_above=-1), "finite numbers >= 0"),
        (lambda: BatchNormal(window=5), "a window of at least as many"),
        (lambda: Robust(minimum_points=1), "minimum_points >= 2"),
        (lambda: OnlineNormal(start_up_share=1), "start_up_share < 1"),
        (lambda: OnlineNormal(restart_after=1), "restart_after >= 2"),
        (lambda: RollingComparison(low=1, window=2), "minimum_points <= window"),
        (lambda: RollingComparison(low=1, aggregate=MODE), "allowed ['avg', 'max', 'median', 'min', 'sum']"),
        (lambda: HoltWinters(period=1), "period >= 2"),
        (lambda: HoltWinters(period=7, longest=20), "longest >= 24"),
        (lambda: HoltWinters(period=7, cadence=timedelta(0)), "cadence > 0"),
        (lambda: NewCategories(most_new=-1), "limits >= 0"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_is_allowed(make, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        make()
    assert words in str(refused.value)
