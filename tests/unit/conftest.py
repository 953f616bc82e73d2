"""Unit tests are pure: whatever opens a socket here belongs into another room."""

from pytest_socket import disable_socket


def pytest_runtest_setup() -> None:
    """Before each test of this folder; the plugin opens sockets again after it."""
    disable_socket()
