"""The judge of calls is awake: integration tests fail on a right that a function does not have."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.notify import app as notify
from services.shared.plumbing.resources import Resources, physical
from services.shared.plumbing.tables import connection
from tests.iam import enforcement
from tests.integration.http import Client, token_for

Tables = Callable[[str], Resources]


@pytest.fixture
def denied(_denied: list[str]) -> Iterator[list[str]]:
    """What was denied in this test, which is what it wants."""
    yield _denied
    _denied.clear()


@pytest.fixture
def _weakened(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Functions may no longer query."""
    from infra.package.template import permissions

    monkeypatch.setattr(permissions, "ITEM_ACTIONS", ("GetItem", "BatchGetItem"))
    enforcement._rights.cache_clear()
    yield
    enforcement._rights.cache_clear()


@pytest.mark.usefixtures("_weakened")
def test_a_request_that_needs_more_than_its_role_fails(tables: Tables, denied: list[str]) -> None:
    """As it would on AWS: the answer is 500, and the test hears why."""
    tables("notify")

    answer = Client(notify.app, token_for("person:anna")).get("/v1/messages")

    assert answer.status == 500
    assert denied
    assert "('notify', 'api') needs dynamodb:Query on arn:aws:dynamodb" in denied[0]


def test_a_request_within_its_role_is_allowed(tables: Tables, denied: list[str]) -> None:
    """The same request, with the role as it is."""
    tables("notify")

    assert Client(notify.app, token_for("person:anna")).get("/v1/messages").status == 200
    assert denied == []


def test_another_service_s_table_is_out_of_reach(tables: Tables, denied: list[str]) -> None:
    """For any function, by name."""
    tables("orders")
    client: Any = connection().client
    token = enforcement.running.set(("notify", "tend"))
    try:
        with pytest.raises(ClientError, match="AccessDenied"):
            client.get_item(TableName=physical("orders"), Key={"pk": {"S": "1"}, "sk": {"S": "1"}})
    finally:
        enforcement.running.reset(token)

    assert len(denied) == 1
