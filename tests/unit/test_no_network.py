"""The network is closed to unit tests."""

import socket
import urllib.request

import pytest


def test_a_unit_test_cannot_open_a_socket() -> None:
    """Not even to its own machine."""
    with pytest.raises((RuntimeError, UserWarning), match="tried to use socket"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)


def test_a_library_cannot_either() -> None:
    """What a library opens counts as opened by the test."""
    with pytest.raises((RuntimeError, UserWarning), match="tried to use socket"):
        urllib.request.urlopen("http://127.0.0.1:9/", timeout=1)
