"""Policy and vocabulary: what lint asks beyond a correct contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gridata_contracts.errors import ContractError, UsageError
from gridata_contracts.lint import lint
from gridata_contracts.policy import Policy, advice, load_policy
from gridata_contracts.suggest import UNASSIGNED
from gridata_contracts.vocabulary import Vocabulary, load_vocabulary, unknown_words

STRICT = Policy(freshness=True, min_error_checks=99, max_table_retention_days_with_pii=30)


def test_each_rule_of_the_house_that_is_not_kept_is_named(build: Any) -> None:
    contract = build(
        (", primaryKey: true, primaryKeyPosition: 1}", ", tags: [pii], classification: public}"),
        ("shop-team", UNASSIGNED),
    )

    messages = " ".join(advice(contract, STRICT))

    for part in (
        "size: got no description",
        "thing_id: got personal data classified public",
        "primaryKey: got none",
        "slaProperties: got no table retention",
        "slaProperties: got no freshness",
        "slaProperties: got table retention without end, allowed at most 30 days",
        "quality: got 1 checks, allowed at least 99",
        "team.name: got unassigned",
    ):
        assert part in messages


def test_word_outside_of_the_vocabulary_gets_the_closest_one(build: Any) -> None:
    contract = build(("domain: shop", "domain: shop\ntags: [sale]"))
    vocabulary = Vocabulary(domains={"shops": ""}, teams={"shop-team": ""}, tags={"sales": ""})

    messages = list(unknown_words(contract, vocabulary))

    assert ["Did you mean 'shops'?" in messages[0], "Did you mean 'sales'?" in messages[1]] == [True, True]
    assert len(messages) == 2


def test_lint_reports_broken_contracts_beside_correct_ones(tmp_path: Path, minimal: str) -> None:
    (tmp_path / "good.yaml").write_text(minimal)
    (tmp_path / "bad.yaml").write_text(minimal.replace("status: active", "status: on"))

    report = lint(
        [tmp_path / "good.yaml", tmp_path / "bad.yaml"], Policy(column_descriptions=False, table_retention=False)
    )

    assert [str(contract.id) for contract in report.contracts] == ["shop.things.v1"]
    assert len(report.problems) == 1
    assert "status" in report.problems[0]


def test_folder_without_contracts_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"got no contract\.odcs\.yaml"):
        lint([tmp_path], Policy())


@pytest.mark.parametrize("text", ["primary_keys: true\n", "min_error_checks: -1\n", "pii_classifications: [secret]\n"])
def test_policy_with_a_problem_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text)

    with pytest.raises(ContractError, match="allowed"):
        load_policy(path)


def test_vocabulary_with_a_problem_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.yaml"
    path.write_text("domains: {a: b}\nteams: {}\nclassifications: {secret: x}\n")

    with pytest.raises(ContractError, match="allowed public, internal, confidential, restricted"):
        load_vocabulary(path)
