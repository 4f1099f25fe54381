"""Contracts of one folder that refer to each other: the dataset is there, and so is a column that compares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gridata_contracts.lint import lint
from gridata_contracts.policy import Policy

LENIENT = Policy(column_descriptions=False, table_retention=False)
CODE = "- {name: thing_id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1"
RULE = "quality: [{type: custom, engine: gridata, implementation: {rule: is_found_in, table: %s, key: %s}}]"
WHERE = "schema[0].properties[0].relationships[0]"

Folder = Callable[[str], Path]


@pytest.fixture
def folder(tmp_path: Path, minimal: str) -> Folder:
    """A folder with `shop.parents.v1` and with `shop.things.v1`, whose `thing_id` refers to what is given."""

    def folder(reference: str) -> Path:
        for name, text in (
            ("parents", minimal.replace("things", "parents").replace("thing_id", "parent_id")),
            ("things", minimal.replace(CODE, f"{CODE}, {reference}")),
        ):
            path = tmp_path / f"contracts/shop/{name}/v1/contract.odcs.yaml"
            path.parent.mkdir(parents=True)
            path.write_text(text)
        return tmp_path / "contracts"

    return folder


def problems(path: Path) -> tuple[str, ...]:
    return lint([path], LENIENT).problems


@pytest.mark.parametrize(
    "reference",
    [
        "relationships: [{to: shop.parents.v1.parent_id}]",
        RULE % ("shop_bronze.parents_v1", "parent_id"),
        RULE % ("shop_bronze.parents_v1", "_batch_id"),
        RULE % ("shop_gold.everything", "whatever"),
    ],
    ids=["relationship", "rule", "lineage column", "no contract's table"],
)
def test_reference_that_fits_has_no_problem(folder: Folder, reference: str) -> None:
    assert problems(folder(reference)) == ()


def test_reference_to_a_column_that_is_not_there_is_told_with_the_closest_one(folder: Folder) -> None:
    root = folder("relationships: [{to: shop.parents.v1.parents_id}]")

    [problem] = problems(root)

    assert problem.startswith(
        f"{root}/shop/things/v1/contract.odcs.yaml: {WHERE}: table shop_bronze.parents_v1: got no column parents_id, "
        "allowed _batch_id, "
    )
    assert "Did you mean 'parent_id'? Mend the `key` of the check, or the `to` of the relationship." in problem


@pytest.mark.parametrize(("column", "kind"), [("size", "int"), ("price", "decimal(12, 2)"), ("parts", "list")])
def test_reference_to_a_column_of_another_type_is_told_with_both(folder: Folder, column: str, kind: str) -> None:
    [problem] = problems(folder(f"relationships: [{{to: shop.parents.v1.{column}}}]"))

    assert f"{WHERE}: table shop_bronze.parents_v1: got column {column} of type {kind}, allowed string" in problem


def test_reference_to_a_dataset_without_a_contract_is_told_where_the_whole_folder_is_linted(folder: Folder) -> None:
    root = folder("relationships: [{to: shop.parent.v1.parent_id}]")

    [problem] = problems(root)

    assert problem == (
        f"{root}/shop/things/v1/contract.odcs.yaml: {WHERE}: got shop.parent.v1, allowed shop.parents.v1, "
        f"shop.things.v1. Did you mean 'shop.parents.v1'? Mend the name, or add "
        f"{root}/shop/parent/v1/contract.odcs.yaml."
    )
    assert problems(root / "shop/things") == ()
    assert problems(root / "shop/things/v1/contract.odcs.yaml") == ()


def test_reference_to_a_contract_that_is_wrong_itself_is_not_told_as_missing(folder: Folder) -> None:
    root = folder("relationships: [{to: shop.parents.v1.parent_id}]")
    parents = root / "shop/parents/v1/contract.odcs.yaml"
    parents.write_text(parents.read_text().replace("status: active", "status: on"))

    [problem] = problems(root)

    assert "status" in problem
