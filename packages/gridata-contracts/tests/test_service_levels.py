"""`slaProperties`: latency and retention of a column are asked of every batch; other promises are kept as they are."""

from __future__ import annotations

from typing import Protocol

import pytest

from gridata_contracts.errors import ContractError
from gridata_contracts.model import Action, Contract, Severity

TEAM = "team: {name: shop-team}"
DAY = 86_400


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


def sla(*entries: str) -> tuple[str, str]:
    return TEAM, f"{TEAM}\nslaProperties: [{', '.join(f'{{{entry}}}' for entry in entries)}]"


def asked(contract: Contract) -> list[tuple[str, str | None, object]]:
    promised = [check for check in contract.checks if check.source.startswith("slaProperties")]
    return [(check.rule, check.column, check.arguments["max"]) for check in promised]


@pytest.mark.parametrize("element", ["sold_at", "things.sold_at"])
@pytest.mark.parametrize("name", ["latency", "freshness", "Latency", "ly"])
def test_latency_of_a_column_is_freshness_of_each_batch_and_of_the_table(build: Build, name: str, element: str) -> None:
    contract = build(sla(f"property: {name}, value: 4, unit: h, element: {element}, driver: analytics"))

    assert asked(contract) == [("has_freshness", "sold_at", 14_400)]
    assert contract.freshness_s == 14_400


def test_retention_of_a_column_is_the_oldest_age_and_how_long_rows_are_kept(build: Build) -> None:
    contract = build(sla("property: retention, value: 3, unit: y, element: things.made_on"))

    assert asked(contract) == [("has_oldest_age", "made_on", 3 * 365 * DAY)]
    assert contract.table_retention_days == 3 * 365


def test_a_late_batch_is_told_and_not_held(build: Build) -> None:
    contract = build(sla("id: four_hours, property: latency, value: 4, unit: h, element: sold_at"))

    (check,) = [each for each in contract.checks if each.id == "four_hours"]

    assert (check.severity, check.action, check.dimension) == (Severity.WARNING, Action.FLAG, "timeliness")


def test_several_elements_are_asked_one_by_one(build: Build) -> None:
    contract = build(sla("property: latency, value: 1, unit: d, element: 'made_on, things.sold_at'"))

    assert asked(contract) == [("has_freshness", "made_on", DAY), ("has_freshness", "sold_at", DAY)]


def test_elements_of_the_platform_are_kept_and_asked_of_no_batch(build: Build) -> None:
    contract = build(
        sla(
            "property: retention, value: 60, unit: d, element: landing",
            "property: retention, value: 40, unit: d, element: quarantine",
            "property: retention, value: 2, unit: y",
            "property: latency, value: 90, unit: m",
        )
    )

    assert asked(contract) == []
    assert (contract.landing_retention_days, contract.quarantine_retention_days) == (60, 40)
    assert (contract.table_retention_days, contract.freshness_s) == (730, 5400)


@pytest.mark.parametrize(
    ("unit", "seconds"),
    [("s", 2), ("seconds", 2), ("m", 120), ("minutes", 120), ("hr", 7200), ("day", 2 * DAY), ("weeks", 14 * DAY),
     ("y", 730 * DAY)],
)  # fmt: skip
def test_units_are_read_in_their_short_and_long_form(build: Build, unit: str, seconds: int) -> None:
    assert build(sla(f"property: latency, value: 2, unit: {unit}")).freshness_s == seconds


def test_half_a_day_is_a_latency(build: Build) -> None:
    assert build(sla("property: latency, value: 0.5, unit: d")).freshness_s == DAY // 2


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("property: latency, value: 4, unit: hrs", 'slaProperties[0].unit: got "hrs", allowed s, m, h, d, w, y.'),
        ("property: latency, value: soon, unit: h", 'slaProperties[0].value: got "soon h", allowed a number above 0'),
        ("property: latency, value: 0, unit: h", 'slaProperties[0].value: got "0 h", allowed a number above 0'),
        ("property: retention, value: 5, unit: h", "allowed a number above 0 of whole days"),
        ("property: latency, value: 4, unit: h, element: sold", 'element: got "sold", allowed table or the path of a'),
        ("property: latency, value: 4, unit: h, element: size", "allowed a column with one date or timestamp per row."),
        ("property: retention, value: 4, unit: d, element: landig", "Did you mean 'landing'?"),
        ("value: 4, unit: h", "slaProperties[0].property: got nothing"),
        ("id: a b, property: latency, value: 4, unit: h", 'slaProperties[0].id: got "a b"'),
    ],
)
def test_problem_of_a_service_level_names_its_place(build: Build, entry: str, problem: str) -> None:
    with pytest.raises(ContractError) as caught:
        build(sla(entry))

    assert len(caught.value.problems) == 1
    assert problem in caught.value.problems[0]
