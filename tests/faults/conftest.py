"""Race and crash tests talk to this machine only."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
import pytest_socket
from botocore.config import Config

from infra.faults import FaultsProxy
from services.shared.plumbing.resources import Resources, Table


def pytest_runtest_setup() -> None:
    """Before each test of this folder; the plugin lifts it again after it."""
    pytest_socket.socket_allow_hosts(["127.0.0.1"], allow_unix_socket=True)


@pytest.fixture
def once(tables: Callable[[str | Resources], Resources], proxy: FaultsProxy) -> Any:
    """A client through the proxy that never repeats a call, and the tables ``faulty`` and ``other``."""
    tables(Resources("faulty", (Table("faulty"), Table("other")), ()))
    return boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}, max_pool_connections=32))


@pytest.fixture
def patient(once: Any) -> Any:
    """The same with botocore's standard retries."""
    return boto3.client("dynamodb", config=Config(retries={"mode": "standard"}))
