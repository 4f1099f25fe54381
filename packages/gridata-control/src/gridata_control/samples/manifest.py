"""What lies in a sample folder and in which order it is dropped: `manifest.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gridata_contracts.errors import UsageError
from gridata_control.samples.plan import Sizes

MANIFEST_FILE = "manifest.json"


@dataclass(frozen=True)
class Drop:
    """One PUT of a producer.

    Attributes:
        wave: drops of one wave arrive before the same sweep; waves follow each other.
        path: file below the sample folder.
        key: landing key it is put under.
        story: what is told by it: `export`, `late`, `update`, `overwritten`, `duplicate`, `empty`, `unreadable`,
            `unknown dataset` or `hostile name`.
        outcome: state the file must end in: PUBLISHED, QUARANTINED, EMPTY or REFUSED; a duplicate stays PUBLISHED.
        records: rows in the file, spoilt ones included; None where nothing can be read.
        past_the_door: copied into the folder directly, not through a store's `put` (which refuses its name).
    """

    wave: int
    path: str
    key: str
    story: str
    outcome: str
    records: int | None
    size_bytes: int
    sha256: str
    past_the_door: bool = False


@dataclass(frozen=True)
class Manifest:
    """A whole sample.

    Attributes:
        as_of: instant for transforms, later than every event of the sample.
        spoilt: number of expected reasons in the answer key.
    """

    seed: int
    sizes: Sizes
    as_of: datetime
    spoilt: int
    drops: tuple[Drop, ...]

    @property
    def waves(self) -> tuple[tuple[Drop, ...], ...]:
        """Drops by wave, in order."""
        numbers = sorted({drop.wave for drop in self.drops})
        return tuple(tuple(drop for drop in self.drops if drop.wave == number) for number in numbers)


def write_manifest(folder: Path, manifest: Manifest) -> Path:
    """Write `manifest.json` of the folder."""
    path = folder / MANIFEST_FILE
    content = {**asdict(manifest), "as_of": manifest.as_of.isoformat()}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read_manifest(folder: Path) -> Manifest:
    """The folder's manifest.

    Raises:
        UsageError: there is none.
    """
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise UsageError(f"sample {folder}: got no {MANIFEST_FILE}. Generate the sample first.")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Manifest(
        seed=content["seed"],
        sizes=Sizes(**content["sizes"]),
        as_of=datetime.fromisoformat(content["as_of"]),
        spoilt=content["spoilt"],
        drops=tuple(Drop(**drop) for drop in content["drops"]),
    )
