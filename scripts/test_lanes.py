"""Run pytest lanes, each where it belongs, and sum what their JUnit files say.

    python3 scripts/test_lanes.py unit spark dags e2e
    python3 scripts/test_lanes.py chaos --quick   # without the tests marked `thorough`
    python3 scripts/test_lanes.py --summary       # the sum of every lane run since `--reset`
    python3 scripts/test_lanes.py --reset         # forget earlier runs

Standard library only: it runs before anything is installed and outside every virtual environment.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
JUNIT_DIR = ROOT / "build" / "junit"
NO_TESTS_COLLECTED = 5


@dataclass(frozen=True)
class Lane:
    """Which tests, and from which folder's environment.

    Attributes:
        paths: globs below `folder`; a lane without one matching path fails, so it cannot vanish unseen.
        marks: pytest's `-m` expression.
        processes: how many share the tests, file by file.
    """

    paths: tuple[str, ...]
    marks: str
    folder: str = "."
    processes: int = 1


FAST = (
    "not (integration or spark or live or chaos or e2e or bench or charts or kubernetes or alerts or docker"
    " or apiserver)"
)
SPARK = "spark and not (integration or chaos or e2e or bench)"
LANES = {
    "unit": Lane(
        ("packages/*/tests", "spark-jobs/tests/unit", "tests/architecture", "tests/terraform"), FAST, processes=2
    ),
    "spark": Lane(
        ("packages/*/tests", "spark-jobs/tests"), "spark and not (integration or chaos or e2e or bench)", processes=2
    ),
    "k8s": Lane(("tests/k8s/test_platform.py", "tests/k8s/test_upgrade.py"), "kubernetes"),
    "drill": Lane(("tests/k8s/test_drill.py",), "kubernetes"),
    "alerts": Lane(("tests/k8s",), "alerts"),
    "laptop": Lane(("tests/laptop",), "docker"),
    "charts": Lane(("tests/charts", "tests/terraform"), "charts"),
    "dags": Lane(("tests",), "not (apiserver or live)", "airflow"),
    "logins": Lane(("packages/gridata-control/tests/integration/vault",), "apiserver"),
    "e2e": Lane(("tests/e2e",), "not (live or integration)"),
    "integration": Lane(("packages/*/tests", "spark-jobs/tests", "tests/e2e"), "integration"),
    "airflow": Lane(("tests",), "live", "airflow"),
    "apiserver": Lane(("tests/apiserver",), "apiserver", "airflow"),
    "chaos": Lane(("packages/*/tests", "spark-jobs/tests", "tests/chaos"), "chaos"),
}


@dataclass(frozen=True)
class Counts:
    """What one or more lanes did."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def read_junit(path: Path) -> Counts:
    """Counts of one JUnit file; a crash (no file) counts as one failure, so a lane never ends green by dying."""
    if not path.exists():
        return Counts(failed=1)
    total = Counts()
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        total += Counts(max(tests - failed - skipped, 0), failed, skipped)
    return total


def lane_paths(lane: Lane) -> list[str]:
    """The lane's test paths, relative to its folder.

    Raises:
        SystemExit: a glob finds nothing.
    """
    folder = ROOT / lane.folder
    found: set[str] = set()
    for glob in lane.paths:
        here = {str(path.relative_to(folder)) for path in folder.glob(glob)}
        if not here:
            raise SystemExit(f"{glob}: got no such path below {folder}, allowed tests. See LANES in {__file__}.")
        found |= here
    return sorted(found)


def marks_of(lane: Lane, quick: bool) -> str:
    """The lane's marks; the quick form leaves out what is marked `thorough`."""
    return f"({lane.marks}) and not thorough" if quick else lane.marks


def run_lane(name: str, pytest_arguments: list[str], quick: bool = False) -> bool:
    """Run one lane, print its time, leave its JUnit file. True when every test passed."""
    lane, started = LANES[name], time.monotonic()
    form = f"{name}, QUICK FORM: tests marked thorough are left out" if quick else name
    junit = JUNIT_DIR / f"{name}.xml"
    junit.unlink(missing_ok=True)
    command = ["uv", "run", "--no-sync", "pytest", *lane_paths(lane), f"--junitxml={junit}", "-q", *pytest_arguments]
    command += ["-m", marks_of(lane, quick)]
    command += ["-n", str(lane.processes), "--dist", "loadfile"] if lane.processes > 1 else []
    print(f"── {form}", flush=True)
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    finished = subprocess.run(command, check=False, cwd=ROOT / lane.folder, env=environment, stdin=subprocess.DEVNULL)
    if not junit.exists():  # it died: the sum of all lanes has to know
        junit.write_text(f'<testsuite name="{name}" tests="1" errors="1"/>')
    counts = read_junit(junit)
    if finished.returncode == NO_TESTS_COLLECTED:
        print(f"{name}: got no tests, allowed at least one. See LANES in scripts/test_lanes.py.")
    print(f"── {form}: {counts} in {time.monotonic() - started:.0f} s", flush=True)
    return finished.returncode == 0


def summary(junit_files: Iterable[Path]) -> Counts:
    """Counts of several lanes together."""
    return sum((read_junit(path) for path in sorted(junit_files)), Counts())


def main(arguments: list[str]) -> int:
    """0 when every asked lane passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lanes", nargs="*", metavar="lane", help=", ".join(LANES))
    parser.add_argument("--quick", action="store_true", help="leave out the tests marked thorough")
    parser.add_argument("--reset", action="store_true", help="forget earlier runs")
    parser.add_argument("--summary", action="store_true", help="print the sum of all runs since --reset")
    options, pytest_arguments = parser.parse_known_args(arguments)
    unknown = [name for name in options.lanes if name not in LANES]
    if unknown:
        parser.error(f"lane: got {', '.join(unknown)}, allowed {', '.join(LANES)}")
    if options.reset:
        shutil.rmtree(JUNIT_DIR, ignore_errors=True)
    JUNIT_DIR.mkdir(parents=True, exist_ok=True)
    passed = [run_lane(name, pytest_arguments, options.quick) for name in options.lanes]
    if options.summary:
        print(summary(JUNIT_DIR.glob("*.xml")))
    elif options.lanes:
        print(summary(JUNIT_DIR / f"{name}.xml" for name in options.lanes))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
