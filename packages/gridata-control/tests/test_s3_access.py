"""What a client of S3 raises becomes an error of ours: a server that breaks off, a machine set up wrongly."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from gridata_contracts.errors import PermanentError, TransientError
from gridata_control.landing.s3_access import S3Access

HEAD = b'HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\nETag: "e"\r\nContent-Type: text/plain\r\n\r\n'


@pytest.fixture
def breaks_off(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Access]:
    """Sends part of an object, then resets the connection."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:  # the end of the test
                return
            connection.recv(65536)
            connection.sendall(HEAD + b"x" * 3_000_000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    threading.Thread(target=answer, daemon=True).start()
    access = S3Access("b", f"http://127.0.0.1:{server.getsockname()[1]}")
    yield access
    access.close()
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def test_a_connection_that_is_reset_within_a_content_is_told_as_one_that_may_go_well_later(
    breaks_off: S3Access,
) -> None:
    answer = breaks_off.client.get_object(Bucket="b", Key="k")

    with breaks_off.body("k", answer) as body, pytest.raises(TransientError, match="bucket b: 'k'"):
        body.read()


@pytest.mark.parametrize(
    ("environ", "bucket"),
    [
        ({"AWS_PROFILE": "nobody-made-it"}, "b"),
        ({"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": ""}, "b"),
        ({"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}, "a name with blanks"),
    ],
)
def test_a_machine_that_is_set_up_wrongly_is_not_asked_again(
    environ: dict[str, str], bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(PermanentError, match="bucket"):
        list(S3Access(bucket, "http://127.0.0.1:1").versions())
