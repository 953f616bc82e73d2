"""Integration tests talk to this machine only."""

import pytest_socket

from tests.iam.fixture import _denied, _nothing_denied  # noqa: F401 - fixtures of this folder


def pytest_runtest_setup() -> None:
    """Before each test of this folder; the plugin lifts it again after it."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)
