"""`gridata contract lint|render|diff`: work on the documents, no server needed."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import click

from gridata_contracts.diff import accept, compare, is_breaking
from gridata_contracts.emit import json_schema
from gridata_contracts.errors import GridataError, UsageError
from gridata_contracts.lint import LintReport, lint
from gridata_contracts.load import load_contract, load_contracts
from gridata_contracts.model import Contract, Pipeline
from gridata_contracts.naming import CONTRACT_FILE
from gridata_contracts.pipelines import find_owner, load_pipelines
from gridata_contracts.policy import Policy, load_policy
from gridata_contracts.render import TARGETS, render
from gridata_contracts.vocabulary import load_vocabulary
from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.settings import Settings

EXISTING = click.Path(exists=True, path_type=Path)
A_CHECK_SAID_NO = 1


@click.group()
def contract() -> None:
    """Lint, render and compare data contracts."""


@contract.command("lint")
@click.argument("paths", nargs=-1, type=EXISTING)
@click.option("--policy", type=EXISTING, help="Rules of the house. [default: policies/contracts/policy.yaml]")
@json_option
@with_settings
def lint_command(settings: Settings, paths: tuple[Path, ...], policy: Path | None, as_json: bool) -> int:
    """Check contracts: files or folders; without PATHS all contracts, pipelines and committed JSON Schemas."""
    report = _lint(settings, paths or (settings.contracts_dir,), policy)
    problems = list(report.problems)
    if not paths and not problems:
        problems = _house_problems(settings)
    if as_json:
        names = [str(each.id) for each in report.contracts]
        echo_json({"contracts": names, "problems": problems, "notes": list(report.notes)})
    else:
        for problem in problems:
            click.echo(problem)
        notes = f", {len(report.notes)} notes that are not evaluated (--json lists them)" if report.notes else ""
        click.echo(f"{len(report.contracts)} contracts loaded, {len(problems)} problems{notes}", err=True)
    return A_CHECK_SAID_NO if problems else 0


@contract.command("render")
@click.argument("paths", nargs=-1, type=EXISTING, required=True)
@click.option("--target", type=click.Choice(sorted(TARGETS)), required=True, help="What to render the contract as.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="Write one file per contract here.")
@with_settings
def render_command(settings: Settings, paths: tuple[Path, ...], target: str, output: Path | None) -> None:
    """Print what follows from a contract: schemas, tables, checks, DAG, metadata."""
    for path in _documents(paths):
        loaded = load_contract(path)
        text = render(loaded, target, _owner(settings, loaded) if target == "dag" else None)
        if output is None:
            click.echo(text, nl=False)
        else:
            output.mkdir(parents=True, exist_ok=True)
            target_path = output / _file_name(loaded, target)
            target_path.write_text(text)
            click.echo(str(target_path))


@contract.command("diff")
@click.argument("old", type=EXISTING)
@click.argument("new", type=EXISTING, required=False)
@click.option("--against", metavar="REF", help="Compare OLD as it is now with OLD as of a Git commit or branch.")
@click.option("--accept", "accepted", metavar="NAME", multiple=True, help="Confirm a change marked `confirm`.")
@json_option
def diff_command(old: Path, new: Path | None, against: str | None, accepted: tuple[str, ...], as_json: bool) -> int:
    """List every change from OLD to NEW.

    Exit code 1 when one of them needs a new major version (`refused`), or somebody to say so (`confirm`).
    """
    if (new is None) == (against is None):
        raise UsageError("diff: got no second contract or two, allowed either NEW or --against REF. Give one of them.")
    before, after = _versions(old, new, against)
    changes = accept(compare(before, after), accepted)
    if as_json:
        echo_json([{"where": c.where, "what": c.what, "verdict": c.verdict, "next": c.next_step} for c in changes])
    else:
        click.echo("\n".join(map(str, changes)) or f"{after.id}: no change")
    return A_CHECK_SAID_NO if is_breaking(changes) else 0


def _lint(settings: Settings, paths: tuple[Path, ...], policy: Path | None) -> LintReport:
    policy_path = policy or settings.contracts_dir.parent.parent / "policies" / "contracts" / "policy.yaml"
    vocabulary_path = settings.contracts_dir.parent / "vocabulary.yaml"
    rules = load_policy(policy_path) if policy is not None or policy_path.is_file() else Policy()
    words = load_vocabulary(vocabulary_path) if vocabulary_path.is_file() else None
    return lint(paths, rules, words)


def _house_problems(settings: Settings) -> list[str]:
    """Problems beyond single contracts: pipelines, and JSON Schemas that are not what the contracts say."""
    contracts = load_contracts(settings.contracts_dir)
    try:
        load_pipelines(settings.pipelines_dir, contracts)
    except GridataError as error:
        return str(error).splitlines()
    schemas = settings.contracts_dir.parent / "schemas"
    return json_schema.drift(contracts.values(), schemas) if schemas.is_dir() else []


def _documents(paths: tuple[Path, ...]) -> list[Path]:
    return [found for path in paths for found in (sorted(path.rglob(CONTRACT_FILE)) if path.is_dir() else [path])]


def _file_name(loaded: Contract, target: str) -> str:
    return json_schema.file_name(loaded.id) if target == "json-schema" else f"{loaded.id}.{target}.txt"


def _owner(settings: Settings, contract: Contract) -> Pipeline | None:
    """The pipeline document whose DAG ingests the dataset; says so when there is none."""
    owner = find_owner(settings.pipelines_dir, contract.id)
    if owner is None:
        click.echo(
            f"{contract.id}: no document in {settings.pipelines_dir} owns it, so its DAG is derived from the contract.",
            err=True,
        )
    return owner


def _versions(old: Path, new: Path | None, against: str | None) -> tuple[Contract, Contract]:
    """The contract before and after."""
    if new is not None:
        return load_contract(old), load_contract(new)
    return _load_at(str(against), old), load_contract(old)


def _load_at(ref: str, path: Path) -> Contract:
    """A contract as of a Git commit.

    Raises:
        UsageError: Git does not know the file at that commit.
    """
    command = ["git", "-C", str(path.resolve().parent), "show", f"{ref}:./{path.name}"]
    shown = subprocess.run(command, capture_output=True, check=False)
    if shown.returncode != 0:
        said = shown.stderr.decode(errors="replace").strip()
        raise UsageError(f"diff --against {ref}: got {said!r}, allowed a commit that has {path}. Check the name.")
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / CONTRACT_FILE
        before.write_bytes(shown.stdout)
        return load_contract(before)
