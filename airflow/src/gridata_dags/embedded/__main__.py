"""Run DAG runs without a scheduler: one JSON line per finished run on standard output.

    python -m gridata_dags.embedded run --dag-id X --run-id R --conf '{"batch_id": "B"}'
    python -m gridata_dags.embedded run-many --follow < runs.jsonl
    python -m gridata_dags.embedded downstream [--run]

Exit code: 0 every run succeeded, 2 usage, 3 a permanent failure, 4 only transient ones, after their retries.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from gridata_contracts.errors import GridataError, UsageError
from gridata_dags.embedded.home import airflow_home, configure, locked, migrate
from gridata_dags.embedded.interrupt import stop_on_signals
from gridata_dags.embedded.run import EXIT_PERMANENT, EXIT_SUCCESS, EXIT_TRANSIENT, EXIT_USAGE, parse_request

if TYPE_CHECKING:
    from gridata_dags.embedded.runner import EmbeddedRunner

Answer = Mapping[str, object]


def main(arguments: Sequence[str]) -> int:
    """Do one command; see the module."""
    options = _parser().parse_args(arguments)
    home = airflow_home()
    try:
        configure(home)
        stdout = _keep_stdout(options.log or home / "logs" / "embedded.log")
        stop_on_signals()
        with locked(home):
            migrate()
            from gridata_dags.embedded.runner import EmbeddedRunner  # Airflow reads its settings when first imported

            return _print(_answers(EmbeddedRunner(), options), stdout)
    except GridataError as e:
        print(e, file=sys.stderr)
        return e.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gridata_dags.embedded",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--log", type=Path, help="file for Airflow's log (default: <home>/logs/embedded.log)")
    commands = parser.add_subparsers(dest="command", required=True)
    follow = argparse.ArgumentParser(add_help=False)
    follow.add_argument("--follow", action="store_true", help="then run what the published assets made due")
    one = commands.add_parser("run", parents=[follow], help="one DAG run")
    one.add_argument("--dag-id", required=True)
    one.add_argument("--run-id", required=True)
    one.add_argument("--conf", default="{}", help="JSON object")
    commands.add_parser("run-many", parents=[follow], help="DAG runs given as JSON lines on standard input")
    downstream = commands.add_parser("downstream", help="the DAGs that published assets made due")
    downstream.add_argument("--run", action="store_true", help="run them, and what they make due")
    return parser


def _keep_stdout(log: Path) -> TextIO:
    """Standard output for answers alone; whatever else is written there (Airflow, tasks) goes to the log file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    with log.open("ab") as target:
        os.dup2(target.fileno(), sys.stdout.fileno())
    return kept


def _answers(runner: EmbeddedRunner, options: argparse.Namespace) -> Iterator[Answer]:
    if options.command == "downstream" and not options.run:
        yield from ({"dag_id": dag_id, "assets": assets} for dag_id, assets in runner.due().items())
        return
    for line in _request_lines(options):
        yield _answer(runner, line)
    if options.command == "downstream" or options.follow:
        yield from (asdict(outcome) for outcome in runner.follow())


def _request_lines(options: argparse.Namespace) -> Iterator[str]:
    if options.command == "run":
        try:
            conf = json.loads(options.conf)
        except json.JSONDecodeError:
            conf = options.conf  # refused below, with what is allowed
        yield json.dumps({"dag_id": options.dag_id, "run_id": options.run_id, "conf": conf})
    elif options.command == "run-many":
        yield from (line for line in sys.stdin if line.strip())


def _answer(runner: EmbeddedRunner, line: str) -> Answer:
    """What became of one request; a refused one does not hold up the others."""
    try:
        request = parse_request(line)
        print(f"running {request.dag_id} {request.run_id}", file=sys.stderr, flush=True)
        return asdict(runner.run(request))
    except UsageError as e:
        return {"request": line.strip(), "state": "refused", "exit_code": EXIT_USAGE, "error": str(e)}


def _print(answers: Iterator[Answer], stdout: TextIO) -> int:
    worst = EXIT_SUCCESS
    for answer in answers:
        print(json.dumps(answer, default=str), file=stdout, flush=True)
        worst = min(worst, cast(int, answer.get("exit_code", EXIT_SUCCESS)), key=_BADNESS.index)
    return worst


_BADNESS = (EXIT_USAGE, EXIT_PERMANENT, EXIT_TRANSIENT, EXIT_SUCCESS)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
