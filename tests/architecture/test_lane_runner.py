"""scripts/test_lanes.py: no test is left out, and no lane ends green by dying."""

import ast
import importlib.util
import sys

import pytest

JUNIT = '<testsuites><testsuite tests="5" failures="1" errors="1" skipped="1"/></testsuites>'


@pytest.fixture(scope="module")
def lanes(root):
    spec = importlib.util.spec_from_file_location("test_lanes_script", root / "scripts/test_lanes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_errors_count_as_failures_and_skips_apart(lanes, tmp_path):
    (tmp_path / "a.xml").write_text(JUNIT)
    assert lanes.read_junit(tmp_path / "a.xml") == lanes.Counts(passed=2, failed=2, skipped=1)


def test_a_lane_that_died_counts_one_failure(lanes, tmp_path):
    assert lanes.read_junit(tmp_path / "absent.xml") == lanes.Counts(failed=1)


def test_the_closing_line_names_passed_and_failed(lanes):
    assert str(lanes.Counts(123, 0)) == "123 passed, 0 failed"
    assert str(lanes.Counts(1, 2) + lanes.Counts(3, 4, 5)) == "4 passed, 6 failed, 5 skipped"


def test_the_quick_form_leaves_out_what_is_thorough_and_nothing_else(lanes):
    chaos = lanes.LANES["chaos"]
    assert lanes.marks_of(chaos, quick=False) == chaos.marks
    assert lanes.marks_of(chaos, quick=True) == f"({chaos.marks}) and not thorough"


def test_an_unknown_lane_is_refused_with_the_allowed_ones(lanes, capsys):
    with pytest.raises(SystemExit) as stopped:
        lanes.main(["unti"])
    assert stopped.value.code == 2
    assert "got unti, allowed unit, spark" in capsys.readouterr().err


def test_every_test_file_is_in_a_lane(lanes, root, tracked):
    reached = {
        folder
        for lane in lanes.LANES.values()
        for folder in (root / lane.folder / path for path in lanes.lane_paths(lane))
    }
    tests = [
        root / path
        for path in tracked
        if path.name.startswith("test_") and path.suffix == ".py" and "tests" in path.parts
    ]
    assert [str(path) for path in tests if not any(folder in path.parents for folder in reached)] == []


def test_every_mark_in_use_selects_a_lane(root, tracked):
    """A test outside the fast lane's paths and without a lane's mark would never run."""
    allowed = {
        "integration",
        "spark",
        "kubernetes",
        "alerts",
        "apiserver",
        "live",
        "chaos",
        "e2e",
        "bench",
        "charts",
        "docker",
        "thorough",
        "parametrize",
        "skipif",
        "xfail",
        "timeout",
        "usefixtures",
    }
    allowed |= {"filterwarnings"}
    used = set()
    for path in (path for path in tracked if "tests" in path.parts and path.suffix == ".py"):
        for node in ast.walk(ast.parse((root / path).read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "mark":
                used.add(node.attr)
    assert used - allowed == set()
