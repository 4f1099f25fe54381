"""Whether the place is another store than the one that is backed up: one store has many addresses, so it is tried."""

from __future__ import annotations

from secrets import token_hex

from gridata_contracts.errors import PermanentError, UsageError
from gridata_control.backup.place import Place
from gridata_control.landing.s3_access import S3Access
from gridata_control.settings import Settings

_NAME = "apart"


def require_apart(settings: Settings, place: Place) -> None:
    """Write an object to the place and look for it where landing and warehouse are.

    It stays, for the next time: who may only add to the place may make backups.

    Raises:
        UsageError: it is seen there, so both would be lost at once.
        TransientError: store or place do not answer.
    """
    scheme, _, rest = place.uri.partition("://")
    if scheme != "s3":
        return
    bucket, _, prefix = rest.partition("/")
    access = S3Access(bucket, settings.s3_endpoint)
    key = f"{prefix}/{_NAME}".lstrip("/")
    mark = token_hex(16).encode()  # one that was seen there once may lie there for ever
    place.write(_NAME, mark)
    try:
        with access.errors(key, "newest"):
            seen = access.client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except PermanentError:  # not there, or a bucket into which nobody lets us look: another one
        return
    finally:
        access.close()
    if seen != mark:
        return
    raise UsageError(
        f"GRIDATA_BACKUP: got {place.uri}, seen in the store that is backed up, allowed one that is not lost with it. "
        "Name another GRIDATA_BACKUP_S3_ENDPOINT."
    )
