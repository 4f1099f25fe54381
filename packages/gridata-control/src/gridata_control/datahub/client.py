"""DataHub's Python client, tamed before its first import: no telemetry, nothing written below the user's home.

Every other file of this package that imports `datahub.…` imports this one first.
"""

from __future__ import annotations

import os

TELEMETRY_SWITCH = "DATAHUB_TELEMETRY_ENABLED"


def _tame() -> None:
    os.environ[TELEMETRY_SWITCH] = "false"
    from datahub.cli import config_utils

    # Importing the client's telemetry module writes an installation id below ~/.datahub, also with telemetry off. It
    # takes the folder from here, and does without when the folder cannot be made.
    config_utils.DATAHUB_ROOT_FOLDER = f"{os.devnull}/datahub"


_tame()
