"""`gridata-job profile`: numbers, personal data, and rules that records which did not teach them keep."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner

from gridata_contracts.columns import walk
from gridata_contracts.errors import UsageError
from gridata_contracts.load import load_contract
from gridata_control.catalog import open_catalog
from gridata_control.settings import Settings
from gridata_jobs.profile.command import profile
from gridata_jobs.profile.suggestion import lower_bound

Said = Callable[..., str]


@pytest.fixture
def said() -> Said:
    def said(*words: object) -> str:
        result = CliRunner().invoke(profile, [*map(str, words)], standalone_mode=False)
        if result.exception is not None:
            raise result.exception
        return result.stdout

    return said


@pytest.fixture
def visits(tmp_path: Path) -> Path:
    """1,000 records; the last 100 have a status that the first 800 never had, and two records are of another type."""
    lines = [_record(i) for i in range(1000)]
    lines[990] = {**lines[990], "seconds": "many"}
    lines[991] = {**lines[991], "seconds": "many"}
    path = tmp_path / "visits.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def _record(i: int) -> dict[str, Any]:
    return {
        "visit_id": f"V{i:06}",
        "seconds": i % 60,
        "status": "late" if i >= 900 else ("open", "done")[i % 2],
        "contact": f"user{i}@example.com",
        "memo": "call +491701234567" if i % 20 == 0 else "nothing",
        "birth_date": "1990-01-01",
        "at": "2025-01-01T00:00:00Z",
        "items": [{"price": 1.5}],
    }


def test_rules_that_later_records_fail_are_not_suggested(said: Said, visits: Path) -> None:
    found = json.loads(said(visits, "--json"))

    rules = {rule["check"]: rule for rule in found["rules"]}
    assert (found["records"], found["refused"], found["trained_on"]) == (1000, 2, 800)
    assert (rules["status.is_in_set"]["kept"], rules["status.is_in_set"]["failed"]) == (False, 98)
    assert (rules["visit_id.has_pattern"]["kept"], rules["visit_id.is_unique"]["kept"]) == (True, True)
    assert rules["visit_id.is_unique"]["confidence"] == pytest.approx(0.996, abs=0.001)


def test_the_suggested_contract_loads_and_holds_what_was_found(said: Said, visits: Path, tmp_path: Path) -> None:
    said(visits, "--contract", tmp_path / "new.odcs.yaml", "--dataset", "shop.visits")
    contract = load_contract(tmp_path / "new.odcs.yaml")

    assert str(contract.id) == "shop.visits.v1"
    assert "status.is_in_set" not in {check.id for check in contract.checks}
    assert {column.name for column in contract.columns if column.pii} == {"contact", "memo", "birth_date"}


def test_personal_data_is_found_by_names_and_by_values(said: Said, visits: Path) -> None:
    found = {one["column"]: one for one in json.loads(said(visits, "--json"))["personal"]}

    assert (found["contact"]["kind"], found["contact"]["by"]) == ("e-mail address", "100% of values")
    assert found["memo"]["kind"] == "telephone number inside text"
    assert (found["birth_date"]["by"], found["birth_date"]["confidence"]) == ("name", 0.5)


def test_no_value_of_a_personal_column_is_shown(said: Said, visits: Path) -> None:
    for told in (said(visits), said(visits, "--json")):
        assert "example.com" not in told
        assert "1990" not in told
        assert "+4917" not in told


def test_no_number_and_no_note_shows_a_value_of_a_personal_column(said: Said, tmp_path: Path) -> None:
    file, contract = tmp_path / "people.jsonl", tmp_path / "people.odcs.yaml"
    lines = [{"phone": 491700000000 + i, "birth": {"on": "1990-01-01"}, "emails": [f"u{i}@example.com"],
              "contact": f"u{i}@example.com"} for i in range(100)]  # fmt: skip
    lines[3] = {**lines[3], "contact": 491719999999}
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    told = said(file, "--json", "--contract", contract)

    for secret in ("4917", "1990", "6311", "example.com"):
        assert secret not in told.replace('\\"', '"')
        assert secret not in contract.read_text()
    assert {column.path for column in load_contract(contract).columns if column.pii} >= {"emails", "contact"}


def test_numbers_are_of_all_records_that_are_rows(said: Said, visits: Path) -> None:
    columns = {one["path"]: one for one in json.loads(said(visits, "--json"))["columns"]}

    assert (columns["seconds"]["numbers"]["min"], columns["seconds"]["numbers"]["max"]) == (0, 59)
    assert columns["status"]["numbers"]["completeness"] == 1
    assert columns["items[*].price"]["type"] == "decimal(18,2)"


def test_people_read_tables_with_instants(said: Said, visits: Path) -> None:
    told = said(visits)

    assert "1,000 records, 2 of them fit no row" in told
    assert "min 2025-01-01T00:00:00+00:00" in told
    assert "Not suggested: later records fail" in told


def test_a_table_is_profiled_without_the_platforms_columns(said: Said, tmp_path: Path) -> None:
    catalog = open_catalog(Settings.load(tmp_path, {}))
    catalog.create_namespace("shop_bronze")
    rows = pa.table({"id": [1, 2, 3], "_file_id": ["a", "a", "a"]})
    catalog.create_table("shop_bronze.things_v1", rows.schema).append(rows)
    found = json.loads(said("shop_bronze.things_v1", "--home", tmp_path, "--json"))

    assert [one["path"] for one in found["columns"]] == ["id"]
    with pytest.raises(UsageError, match=r"allowed a file that is there, or one of the tables shop_bronze\.things_v1"):
        said("shop_bronze.thing_v1", "--home", tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b"", "got no records"),
        ("a.csv.gz", b"\x1f\x8b\x08", "no readable csv"),
        ("a.parquet", b"PAR1", "no readable parquet"),
        ("a.xlsx", b"x", r"allowed \.jsonl"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(
    said: Said, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(UsageError, match=message):
        said(tmp_path / name)


def test_a_contract_that_is_there_is_not_written_over(said: Said, visits: Path) -> None:
    with pytest.raises(UsageError, match="which is there, allowed a new file"):
        said(visits, "--contract", visits)


def test_presidio_finds_numbers_of_papers_in_a_sample_of_the_texts(said: Said, tmp_path: Path) -> None:
    file, contract = tmp_path / "tickets.jsonl", tmp_path / "tickets.odcs.yaml"
    texts = [f"NHS 401-023-2137 of {i}" if i % 10 == 0 else f"tag {i}" for i in range(200)]
    lines = [{"n": i, "remark": f"ssn {i}", "tags": [{"text": text}]} for i, text in enumerate(texts)]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = json.loads(said(file, "--presidio", "--json", "--contract", contract))["personal"]

    (only,) = found
    assert (only["column"], only["kind"]) == ("tags[*].text", "uk nhs")
    assert only["by"] == "Presidio: 10% of 200 sampled values"
    assert "tags[*].text" in {column.path for column in walk(load_contract(contract).columns) if column.pii}
    assert json.loads(said(file, "--json"))["personal"] == []


def test_names_of_people_are_found_by_a_language_model(said: Said, tmp_path: Path) -> None:
    import spacy

    model = spacy.blank("en")
    ruler: Any = model.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Ada Lovelace"}])
    model.to_disk(tmp_path / "model")
    file = tmp_path / "tickets.jsonl"
    file.write_text("".join(json.dumps({"n": i, "remark": f"Ada Lovelace, call {i}"}) + "\n" for i in range(60)))
    found = json.loads(said(file, "--presidio-model", tmp_path / "model", "--json"))

    assert [(one["column"], one["kind"]) for one in found["personal"]] == [("remark", "person")]
    assert "Lovelace" not in json.dumps(found)


def test_a_language_model_that_is_not_there_is_not_downloaded(said: Said, visits: Path) -> None:
    with pytest.raises(UsageError, match="got 'en_core_web_no', which is not installed"):
        said(visits, "--presidio-model", "en_core_web_no")


def test_without_presidio_the_option_says_what_to_install(
    said: Said, visits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)

    with pytest.raises(UsageError, match=r"Install it: pip install 'gridata-jobs\[presidio\]'"):
        said(visits, "--presidio")


def test_confidence_is_wilsons_lower_bound() -> None:
    assert lower_bound(0, 0) == 0
    assert lower_bound(10, 10) == pytest.approx(0.7225, abs=1e-4)  # 1 / (1 + 1.96² / 10)
    assert lower_bound(1000, 1000) == pytest.approx(0.9962, abs=1e-4)
    assert lower_bound(81, 100) == pytest.approx(0.7222, abs=1e-4)
