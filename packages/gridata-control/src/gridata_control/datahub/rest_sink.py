"""A DataHub server, by the URL of its metadata service (GMS)."""

from __future__ import annotations

from gridata_control.datahub import client  # noqa: F401 - tames DataHub's client before its first import

# isort: split
import os
from contextlib import closing
from http import HTTPStatus

import requests
from datahub.configuration.common import ConfigurationError, OperationalError
from datahub.emitter.rest_emitter import DatahubRestEmitter

from gridata_contracts.errors import PermanentError, TransientError
from gridata_control.datahub.sink import Emission

TIMEOUT_S = 10
TOKEN_VARIABLE = "DATAHUB_GMS_TOKEN"
"""Personal access token, in the variable DataHub's own tools read."""

_BATCH = 100
_REFUSALS = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class RestSink:
    """DataHub itself keeps what is new and ignores what it knows."""

    name = "rest"

    def __init__(self, url: str) -> None:
        self._url = url

    def emit(self, emission: Emission) -> None:
        """Send everything, in order, in batches.

        Raises:
            TransientError: the server did not answer, is busy, or does not accept the token.
            PermanentError: the server refused the content.
        """
        try:
            emitter = DatahubRestEmitter(
                self._url, token=os.environ.get(TOKEN_VARIABLE), timeout_sec=TIMEOUT_S, retry_max_times=1
            )
            with closing(emitter):
                for start in range(0, len(emission.proposals), _BATCH):
                    emitter.emit_mcps(emission.proposals[start : start + _BATCH])
        except OperationalError as error:
            raise self._error(error.message, _status(error)) from error
        except (ConfigurationError, requests.RequestException) as error:
            raise self._error(type(error).__name__, None) from error

    def _error(self, got: str, status: int | None) -> PermanentError | TransientError:
        said = f"DataHub {self._url}: got {status or 'no answer'} ({got}), allowed 200."
        if status in _REFUSALS:
            return PermanentError(f"{said} Compare the server's version with the client's.")
        return TransientError(
            f"{said} Check GRIDATA_DATAHUB_URL and {TOKEN_VARIABLE}; it is sent again by the next run."
        )


def _status(error: OperationalError) -> int | None:
    cause = error.__cause__
    response = cause.response if isinstance(cause, requests.RequestException) else None
    return response.status_code if response is not None else None
