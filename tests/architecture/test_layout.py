"""Where files may lie, how long they may be, and what may not stand in them."""

import ast
import re
from pathlib import Path

import pytest

LINES_MAX = 500
GENERATED = {"uv.lock", "airflow/uv.lock", "docs/reference/rules.md"}
TOP_FOLDERS = {
    ".ci", ".github", "airflow", "data", "docs", "helm", "packages", "policies", "scripts", "spark-jobs", "terraform",
    "tests",
}  # fmt: skip
# Written so that this file does not contain what it looks for.
REGISTRY_HOST = re.compile(
    r"\b(?:files\.pythonhosted|pypi|repo1?\.maven|docker|quay|ghcr|proxy\.golang)" + r"\.(?:org|io|apache\.org)\b"
)
HOME_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root)" + r"/(?!me/)[\w.-]+/")  # /home/me stands for anybody's


def text_of(path: Path) -> str:
    """The file's text; empty for one that is not text."""
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def test_a_top_level_folder_is_no_package(root, tracked):
    """`airflow/__init__.py` would shadow Apache Airflow."""
    assert [str(path) for path in tracked if path.name == "__init__.py" and len(path.parts) <= 2] == []
    assert not (root / "airflow" / "__init__.py").exists()


def test_every_top_level_folder_is_in_the_house(tracked):
    assert {path.parts[0] for path in tracked if len(path.parts) > 1} - TOP_FOLDERS == set()


def test_no_file_of_ours_is_longer_than_500_lines(root, tracked):
    ours = [path for path in tracked if path.suffix in {".py", ".sh", ".yml", ".yaml", ".tf", ".md", ".toml"}]
    lengths = {str(path): len(text_of(root / path).splitlines()) for path in ours if str(path) not in GENERATED}
    assert {path: lines for path, lines in lengths.items() if lines > LINES_MAX} == {}


@pytest.mark.parametrize("pattern", [REGISTRY_HOST, HOME_PATH], ids=["registry host", "home path"])
def test_nothing_names_a_machine_or_a_registry(root, tracked, pattern):
    """A registry is the client's setting, so that one mirror switch moves everything."""
    found = {str(path): pattern.findall(text_of(root / path)) for path in tracked if str(path) not in GENERATED}
    assert {path: hits for path, hits in found.items() if hits} == {}


def test_the_patterns_see_what_they_forbid():
    assert REGISTRY_HOST.search("https://pypi" + ".org/simple")
    assert HOME_PATH.search("cd /home" + "/ann/gridata/")


def test_test_files_are_unique_in_their_folder_tree_and_no_test_folder_is_a_package(tracked):
    """Test modules have no package (importlib mode), so type checking a folder needs unique names."""
    assert [str(path) for path in tracked if "tests" in path.parts and path.name == "__init__.py"] == []
    by_tree: dict[tuple[str, ...], list[str]] = {}
    for path in tracked:
        if "tests" in path.parts and path.name.startswith("test_"):
            by_tree.setdefault(path.parts[: path.parts.index("tests") + 1], []).append(path.name)
    repeated = {"/".join(tree): sorted(n for n in set(names) if names.count(n) > 1) for tree, names in by_tree.items()}
    assert {tree: names for tree, names in repeated.items() if names} == {}


def test_no_enum_has_a_member_that_is_an_empty_tuple(root, tracked):
    """Python 3.11.2, Debian 12's, makes an `object()` of it; 3.11.4 and later do not."""
    sources = [path for path in tracked if path.suffix == ".py" and "src" in path.parts]
    members = {
        f"{path}: {each.name}"
        for path in sources
        for each in ast.walk(ast.parse((root / path).read_text()))
        if isinstance(each, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in each.bases)
        for line in each.body
        if isinstance(line, ast.Assign) and ast.unparse(line.value) == "()"
    }
    assert members == set()
