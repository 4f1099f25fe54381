from __future__ import annotations

import pytest

from gridata_contracts.errors import GridataError, PermanentError, TransientError
from gridata_jobs.target.storage import storage_answers


@pytest.mark.parametrize(
    ("fault", "ours"),
    [
        (OSError("When reading: AWS Error NETWORK_CONNECTION"), TransientError),
        (ConnectionResetError(), TransientError),
        (FileNotFoundError("00001.metadata.json"), PermanentError),
        (PermissionError("00001.metadata.json"), PermanentError),
    ],
)
def test_a_fault_of_the_store_says_whether_a_retry_helps(fault: OSError, ours: type[GridataError]) -> None:
    with pytest.raises(ours, match="process_orders: got"), storage_answers("process_orders"):
        raise fault
