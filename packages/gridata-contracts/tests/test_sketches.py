"""Sketches: what they say of the values they counted, and that those of parts make that of the whole."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridata_contracts.errors import PermanentError
from gridata_contracts.sketches import Bins, Categories, Registers, Sketch, bin_of, sketch_of_text, text_of_sketch
from gridata_contracts.sketches.bins import LEAST, MOST
from gridata_contracts.sketches.registers import DIGITS, REGISTERS, rank_of
from gridata_contracts.sketches.written import merged

NUMBERS = st.lists(st.floats(-1e20, 1e20).filter(lambda x: x == 0 or abs(x) > LEAST), min_size=1, max_size=60)


def bins_of(values: Sequence[float], *, whole: bool = False) -> Bins:
    return Bins(Counter(map(bin_of, values)), whole)


def registers_of(values: Sequence[str]) -> Registers:
    ranks = bytearray(REGISTERS)
    for value in values:
        digits = hashlib.md5(value.encode()).hexdigest()
        register, rank = int(digits[:DIGITS], 16), rank_of(digits[DIGITS : DIGITS + 13])
        ranks[register] = max(ranks[register], rank)
    return Registers(bytes(ranks), len(values))


@given(NUMBERS, st.floats(0, 1))
def test_a_quantile_is_within_a_sixtieth_of_the_true_one(values: list[float], share: float) -> None:
    true = sorted(values)[max(1, math.ceil(share * len(values))) - 1]
    found = bins_of(values).quantile(share)

    assert found is not None
    assert abs(found - true) <= abs(true) / 60


@given(st.lists(st.integers(-63, 63), min_size=1), st.floats(0, 1))
def test_a_quantile_of_small_whole_numbers_is_exact(values: list[int], share: float) -> None:
    true = sorted(values)[max(1, math.ceil(share * len(values))) - 1]

    assert bins_of(values, whole=True).quantile(share) == true


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_greater_numbers_never_have_a_lesser_bin(a: float, b: float) -> None:
    assert bin_of(min(a, b)) <= bin_of(max(a, b))
    assert bin_of(-a) == -bin_of(a)


@pytest.mark.parametrize("power", [-1000, -999, -41, -40, *range(-3, 4), 52, 53, 87, 88, 1021, 1022])
def test_a_power_of_two_begins_a_bin(power: int) -> None:
    value = math.ldexp(1.0, power)

    assert bin_of(value) == (power + 1000) * 32 + 1
    assert bin_of(math.nextafter(value, 0)) == bin_of(value) - 1


def test_the_smallest_count_as_nothing_and_the_greatest_as_one() -> None:
    assert bin_of(LEAST / 2) == bin_of(0.0) == bin_of(-0.0) == 0
    assert bin_of(1e308) == bin_of(MOST) == bin_of(1.7e308)


def test_nothing_has_no_quantile() -> None:
    assert Bins({}).quantile(0.5) is None


@given(NUMBERS, NUMBERS)
def test_bins_of_two_parts_make_those_of_the_whole(a: list[float], b: list[float]) -> None:
    assert bins_of(a).merged(bins_of(b)) == bins_of([*a, *b])


@pytest.mark.parametrize("count", [0, 1, 10, 500, 3_000, 20_000, 60_000])
def test_the_number_of_different_values_is_estimated_to_within_five_percent(count: int) -> None:
    values = [f"value {i}" for i in range(count)]

    assert registers_of(values * 2).estimate() == pytest.approx(count, rel=0.05)  # three standard errors


def test_registers_of_two_parts_make_those_of_the_whole() -> None:
    a, b = [f"{i}" for i in range(900)], [f"{i}" for i in range(500, 2_000)]

    assert registers_of(a).merged(registers_of(b)) == registers_of([*a, *b])


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1)
    | st.lists(st.integers(-(10**18), 10**18) | st.integers(-99, 99), min_size=1),
    st.floats(0, 1),
)
def test_the_true_quantile_is_within_its_bounds(values: list[float], share: float) -> None:
    true = sorted(values)[max(1, math.ceil(share * len(values))) - 1]
    whole = all(isinstance(value, int) for value in values)
    bounds = bins_of(values, whole=whole).quantile_bounds(share)

    assert bounds is not None
    assert bounds[0] <= true <= bounds[1]


def test_categories_merge_in_any_order() -> None:
    parts = [Categories({"a": 1, "x": 2}, 3), Categories({"b": 5}), Categories({"a": 4, "x": 1}, 1)]

    assert merged(parts) == merged(parts[::-1]) == Categories({"a": 5, "x": 3, "b": 5}, 4)
    assert merged(parts).records == 17


@pytest.mark.parametrize(
    "sketch",
    [
        bins_of([1, 2, -3, 0]),
        bins_of([1], whole=True),
        Categories({"a": 1, "": 2, "ä\u0000🙂": 3}, 4),
        registers_of(["a", "b"]),
        Registers(bytes(REGISTERS), 0),
    ],
)
def test_a_sketch_comes_back_from_its_text(sketch: Sketch) -> None:
    text = text_of_sketch(sketch)

    assert sketch_of_text(text) == sketch
    assert text.isascii()
    assert "\u0000" not in text  # Postgres keeps no such text


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "1", '{"bins":{"x":1},"whole":true}', '{"bins":{}}', '{"registers":"AAAA","records":1}', "nul"],
)
def test_a_text_that_is_no_sketch_is_told_without_its_content(text: str) -> None:
    with pytest.raises(PermanentError, match=f"got {len(text)} characters"):
        sketch_of_text(text)


def test_several_merge_to_one() -> None:
    assert merged([bins_of([1]), bins_of([2]), bins_of([2])]) == bins_of([1, 2, 2])
