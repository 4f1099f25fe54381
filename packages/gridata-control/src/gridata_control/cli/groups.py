"""Every command of `gridata`, by name: where it is and what it does in one line."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from difflib import get_close_matches

import click


@dataclass(frozen=True)
class Entry:
    """One command: attribute `<name>` of `gridata_control.cli.<module>`, and the line shown by `gridata --help`."""

    module: str
    summary: str


COMMANDS = {
    "demo": Entry("demo", "The whole flow on generated data, one command."),
    "init": Entry("init", "Make buckets and bring ledger and catalog to this version."),
    "up": Entry("platform", "Start the whole platform on this machine by Docker, and wait until it is healthy."),
    "down": Entry("platform", "Stop it; its data stays unless told otherwise."),
    "logs": Entry("platform", "What its services say."),
    "land": Entry("land", "Put files into the landing store, as a producer would."),
    "sweep": Entry("sweep", "Find new files, batch them, start their runs."),
    "status": Entry("status", "Files and batches with their fate; with --services, how the services are."),
    "replay": Entry("replay", "Run a whole batch again under a new run id."),
    "check": Entry("check", "Check files against a contract without writing anything."),
    "ingest": Entry("ingest", "Check and publish files as one batch in a home directory."),
    "verify": Entry("verify", "Prove that every landed record is published or quarantined, once."),
    "contract": Entry("contract", "Lint, render and compare data contracts."),
    "dataset": Entry("dataset", "Start a new dataset from a sample file."),
    "profile": Entry("profile", "What a file or table holds: numbers, personal data, a suggested contract."),
    "rules": Entry("rules", "List the rules a contract may use."),
    "quality": Entry("quality", "Quality of datasets: scores, broken checks, numbers over time."),
    "tables": Entry("lake", "List the Iceberg tables."),
    "table": Entry("lake", "Show one table, today's or as of then."),
    "sql": Entry("lake", "Query the tables, read-only."),
    "backup": Entry("backup", "Back everything up, and restore it."),
    "vault": Entry("vault", "Set Vault up, open it, and hand out what it keeps."),
    "catalog": Entry("catalog", "Browse datasets, owners and lineage."),
}


class LazyGroup(click.Group):
    """Imports a command's module when the command is called; `--help` needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click calls it so
        """Names in the order above, without those whose module is not installed."""
        return [name for name, entry in COMMANDS.items() if importlib.util.find_spec(_module(entry)) is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = getattr(importlib.import_module(_module(COMMANDS[cmd_name])), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{_module(COMMANDS[cmd_name])}.{cmd_name} is no click command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Click's own, plus a did-you-mean."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            close = get_close_matches(args[0], known, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"command: got {args[0]!r}, allowed {', '.join(known)}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands from the table above, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].summary) for name in self.list_commands(ctx)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gridata-control", prog_name="gridata")
def cli() -> None:
    """A governed lakehouse: files in, checked and published Iceberg tables out."""


def _module(entry: Entry) -> str:
    return f"gridata_control.cli.{entry.module}"
