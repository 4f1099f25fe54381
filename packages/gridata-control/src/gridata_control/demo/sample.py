"""The demo's sample inside its home: generated anew each time, always the same for one home."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from gridata_contracts.errors import UsageError
from gridata_control.samples.generate import generate
from gridata_control.samples.manifest import MANIFEST_FILE, Manifest, read_manifest
from gridata_control.samples.plan import Plan
from gridata_control.samples.tree import WAVES
from gridata_control.settings import Settings


def sample_folder(settings: Settings) -> Path:
    """Where the demo's sample, its manifest and its answer key lie."""
    return settings.home / "sample"


def make_sample(settings: Settings, plan: Plan, progress: Callable[[str], None]) -> Manifest:
    """Generate the sample of this home.

    Raises:
        UsageError: the home holds a demo of another plan, whose rows the answer key does not know.
    """
    folder = sample_folder(settings)
    if (folder / MANIFEST_FILE).exists():
        before = read_manifest(folder)
        if (before.seed, before.sizes) != (plan.seed, plan.sizes):
            raise UsageError(
                f"demo home {settings.home}: got a demo with seed {before.seed} and {before.sizes}, allowed the same"
                " again. Name another --home, or repeat the command with those numbers."
            )
    return generate(plan, settings.contracts_dir, folder, progress)


def forget_files(settings: Settings) -> None:
    """Remove the generated files, which the landing store holds now; manifest and answer key stay."""
    for wave in WAVES:
        shutil.rmtree(sample_folder(settings) / wave, ignore_errors=True)
