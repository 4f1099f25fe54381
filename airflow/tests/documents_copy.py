"""A copy of the repository's pipeline documents that a test may change; contracts stay the repository's."""

import re
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"
RETRIES = 2


def copy_pipelines(folder: Path, *, sla_s: int | None = None) -> Path:
    """The real documents, except: two retries after one second, nobody is told but one Slack channel, own SLA."""
    folder.mkdir(parents=True)
    for document in sorted((DATA / "pipelines").glob("*.yaml")):
        text = re.sub(
            r"^retries: .*$", f"retries: {{attempts: {RETRIES}, delay_s: 1}}", document.read_text(), flags=re.M
        )
        text = re.sub(r"^notifications:\n(?:  .*\n)+", _NOTIFICATIONS, text, flags=re.M)
        if sla_s is not None:
            text = re.sub(r"^sla_s: .*$", f"sla_s: {sla_s}", text, flags=re.M)
        (folder / document.name).write_text(text)
    return folder


_NOTIFICATIONS = """notifications:
  - {on: failure, channel: slack, settings: {channel: '#failures'}}
  - {on: retry, channel: slack, settings: {channel: '#retries'}}
  - {on: success, channel: slack, settings: {channel: '#successes'}}
"""


def batch(dataset: str, number: int) -> str:
    """A batch id of an e-commerce dataset, in the form the ledger gives."""
    return f"ecommerce-{dataset}_v1-{number:020x}"
