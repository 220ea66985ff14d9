"""A body larger than any conversation is refused in OpenAI's form, without being read."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from model.body import MAX_BODY_BYTES

_HEAD = "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


def _in_pieces(num_bytes: int) -> Iterator[bytes]:
    for _ in range(num_bytes >> 16):
        yield b" " * (1 << 16)


def _assert_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 413
    assert answer.json()["error"] == {
        "message": "The body has more than 1024 KiB: send a shorter conversation.",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


def test_a_body_that_says_it_is_too_large_is_refused_before_any_of_it_comes(worker: httpx.Client) -> None:
    with socket.create_connection((worker.base_url.host, worker.base_url.port or 0), timeout=5) as connection:
        connection.sendall(f"{_HEAD}Content-Length: {10**12}\r\n\r\n".encode())
        assert connection.recv(1 << 12).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(worker: httpx.Client, is_declared: bool) -> None:
    num_bytes = 2 * MAX_BODY_BYTES
    content = b" " * num_bytes if is_declared else _in_pieces(num_bytes)
    _assert_refused(worker.post("/v1/chat/completions", content=content, headers={"Content-Type": "application/json"}))
    assert worker.get("/healthz").status_code == 200


def test_a_large_body_that_is_not_too_large_is_read(worker: httpx.Client) -> None:
    answer = worker.post("/v1/chat/completions", content=_in_pieces(MAX_BODY_BYTES))
    assert answer.status_code == 400
