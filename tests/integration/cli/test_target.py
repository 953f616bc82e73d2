"""What a command says when there is no stack where it looks for one."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from infra.cli.api import NoAnswer
from infra.cli.target import Target
from infra.local.child import free_port


@pytest.fixture
def other_server() -> Iterator[str]:
    """The URL of a server that is no stack: it knows no GET."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_nobody_there_is_said_with_how_to_start_one() -> None:
    """In one sentence, with the URL."""
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(NoAnswer, match=f"^no stack answers at {url}; start one with: xiaodian up$"):
        _ = Target(url, None).local


def test_somebody_else_there_is_said(other_server: str) -> None:
    """With what it answered."""
    with pytest.raises(NoAnswer, match=f"^what answers at {other_server} is no stack .*501.*start one with"):
        _ = Target(other_server, None).local
