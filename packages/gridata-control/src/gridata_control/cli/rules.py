"""`gridata rules`: the catalogue of rules."""

from __future__ import annotations

from pathlib import Path

import click

from gridata_control.cli.options import echo_json, json_option


@click.command()
@click.argument("name", required=False)
@click.option("--group", help="Only rules of this group, such as formats.")
@click.option("--page", type=click.Path(dir_okay=False, path_type=Path), help="Write the reference page to this file.")
@json_option
def rules(name: str | None, group: str | None, page: Path | None, as_json: bool) -> None:
    """List the rules a contract may use, or show the rule NAME (an alias will do)."""
    from gridata_contracts.rules import RULES
    from gridata_contracts.rules.listing import rule_json

    if page is not None:
        from gridata_contracts.rules.page import page as written

        page.write_text(written(RULES.values()), encoding="utf-8")
        return
    if name is not None:
        _show(name, as_json=as_json)
        return
    chosen = [rule for rule in RULES.values() if group is None or rule.group.value == _group(group)]
    if as_json:
        echo_json([rule_json(rule) for rule in chosen])
        return
    from gridata_control.cli.grid import print_grid

    columns = ("rule", "group", "level", "on", "asks")
    print_grid(None, columns, [(r.name, r.group.value, r.level.value, r.applies.value, r.summary) for r in chosen])
    click.echo(f"{len(chosen)} rules. `gridata rules NAME` shows one.")


def _show(name: str, *, as_json: bool) -> None:
    from gridata_contracts.errors import UsageError
    from gridata_contracts.problems import did_you_mean
    from gridata_contracts.rules import RULES, find_rule
    from gridata_contracts.rules.listing import rule_json
    from gridata_contracts.rules.page import section

    rule = find_rule(name)
    if rule is None:
        raise UsageError(f"rule: got {name!r}, allowed one of {len(RULES)} rules. {did_you_mean(name, RULES)}".rstrip())
    if as_json:
        echo_json(rule_json(rule))
    else:
        click.echo(section(rule), nl=False)


def _group(word: str) -> str:
    from gridata_contracts.errors import UsageError
    from gridata_contracts.rules import Group

    groups = [group.value for group in Group]
    if word not in groups:
        raise UsageError(f"--group: got {word!r}, allowed {', '.join(groups)}.")
    return word
