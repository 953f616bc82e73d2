"""Partners' applications: registered, granted a role in a shop by its owner, and that taken away again (X1)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.local import tokens as issuer
from services.catalog import app as catalog
from services.orders import app as orders
from services.shared.plumbing.memberships import role_of
from services.shared.plumbing.resources import Resources
from tests.integration.catalog.merchant import ANYBODY, PLATFORM, Merchant, fresh_name, names, ok, said, shop_body
from tests.integration.http import Client, Reply
from tests.integration.wire import deliver, discard
from tests.tokens import trusted


@pytest.fixture(autouse=True)
def _issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our issuer with a fresh key, which this service trusts as it does the tests' own."""
    ours = issuer.issuer(tmp_path) | {"platform": False}
    monkeypatch.setenv("XIAODIAN_TOKEN_KEY", f"file:{tmp_path / issuer.FILE}")
    monkeypatch.setenv("XIAODIAN_TOKEN_ISSUER", issuer.ISSUER)
    monkeypatch.setenv("XIAODIAN_TOKEN_ISSUERS", json.dumps([*json.loads(trusted()), ours]))


def registered() -> dict[str, Any]:
    """A new application, with its secret."""
    return ok(PLATFORM.post("/v1/applications", {"name": "ERP of a partner"}), 201)


def logs_in(application: dict[str, Any]) -> Reply:
    """It asks for a token."""
    body = {"app_id": application["app_id"], "secret": application["secret"]}
    return ANYBODY.post("/v1/sessions/application", body, key="")


def client_of(application: dict[str, Any]) -> Client:
    """It, with a token."""
    return Client(catalog.app, ok(logs_in(application))["access_token"])


def grants(merchant: Merchant, application: dict[str, Any], scope: str = "operator", **sent: Any) -> Reply:
    """The shop's owner lets it act."""
    return merchant.client.post(f"{merchant.path}/grants", {"app_id": application["app_id"], "scope": scope}, **sent)


def test_an_application_acts_in_the_role_that_the_owner_granted(merchant: Merchant) -> None:
    """X1: nothing before the grant; after it what the role may, and no more; the next grant replaces it."""
    application = registered()
    client = client_of(application)
    assert client.get(f"{merchant.path}/products").status == 404

    ok(grants(merchant, application), 201)
    assert ok(client.get(f"{merchant.path}/products"))["items"] == []
    assert client.post(f"{merchant.path}/deposits", {"amount_fen": 1}).status == 403
    assert client.post(f"{merchant.path}/staff", {"role": "operator"}).status == 403

    ok(grants(merchant, application, "finance"), 201)
    assert ok(client.post(f"{merchant.path}/deposits", {"amount_fen": 1}), 201)["by"] == f"app:{application['app_id']}"
    listed = ok(merchant.client.get(f"{merchant.path}/grants"))["grants"]
    assert [(one["app_id"], one["scope"]) for one in listed] == [(application["app_id"], "finance")]
    assert [one["shop_id"] for one in ok(client.get("/v1/shops?mine=true"))["items"]] == [merchant.shop_id]


def test_a_grant_ends_at_once_and_everywhere(
    merchant: Merchant, tables: Callable[[str | Resources], Resources]
) -> None:
    """X1: other services hear it by the events by which they hear of staff."""
    tables("orders")
    discard(catalog, orders)
    application = registered()
    client, who = client_of(application), f"app:{application['app_id']}"
    ok(grants(merchant, application), 201)
    deliver(catalog, orders)
    assert role_of(orders.app.store, merchant.shop_id, who) == "operator"

    for _ in range(2):
        assert merchant.client.delete(f"{merchant.path}/grants/{application['app_id']}").status == 204
    deliver(catalog, orders)

    assert client.get(f"{merchant.path}/products").status == 404
    assert role_of(orders.app.store, merchant.shop_id, who) is None
    assert names(said(f"{merchant.shop_id}/{who}")) == ["membership_changed"] * 2


def test_the_same_grant_again_changes_nothing(merchant: Merchant) -> None:
    """X2: with the same key and with another one."""
    application = registered()

    for key in ("k", "k", "l"):
        ok(grants(merchant, application, key=key), 201)

    assert len(said(f"{merchant.shop_id}/app:{application['app_id']}")) == 1


def test_only_an_owner_grants_and_only_what_exists(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """X1: a stranger finds no shop, the platform and the application itself may not, and owner is no scope."""
    application = registered()
    client = client_of(application)
    ok(grants(merchant, application), 201)
    body = {"app_id": application["app_id"], "scope": "finance"}

    assert new_merchant().client.post(f"{merchant.path}/grants", body).status == 404
    assert client.post(f"{merchant.path}/grants", body).status == 403
    assert PLATFORM.post(f"{merchant.path}/grants", body).status in (403, 404)
    assert grants(merchant, {"app_id": "app_nothing"}).status == 422
    assert grants(merchant, {"app_id": ""}).status == 422
    assert grants(merchant, application, "owner").status == 422


def test_an_application_owns_no_shop_and_joins_none(merchant: Merchant) -> None:
    """X1: what it may do comes from grants alone; it is no staff, and no owner can make it one."""
    application = registered()
    client = client_of(application)
    ok(grants(merchant, application), 201)
    invitation = ok(merchant.client.post(f"{merchant.path}/staff", {"role": "owner"}), 201)

    assert client.post("/v1/shops", shop_body()).status == 403
    assert client.post(f"/v1/staff-invitations/{invitation['token']}").status == 403
    assert merchant.client.put(f"{merchant.path}/staff/app:{application['app_id']}", {"role": "owner"}).status == 403
    staff = ok(merchant.client.get(f"{merchant.path}/staff"))["items"]
    assert [one["person"] for one in staff] == [f"person:{merchant.name}"]


def test_a_wrong_secret_gets_no_token() -> None:
    """X1: nor does one that was replaced, nor an application that is suspended or does not exist."""
    first = registered()
    second = ok(PLATFORM.post(f"/v1/applications/{first['app_id']}/secrets"), 201)

    assert logs_in({**first, "secret": "guess"}).status == 401
    assert logs_in(first).status == 401
    assert logs_in({**second, "app_id": "app_nothing"}).status == 401
    assert logs_in({**second, "app_id": ""}).status == 401
    assert logs_in(second).status == 200
    ok(PLATFORM.put(f"/v1/applications/{first['app_id']}/status", {"status": "suspended"}))
    assert logs_in(second).status == 401
    ok(PLATFORM.put(f"/v1/applications/{first['app_id']}/status", {"status": "active"}))
    assert logs_in(second).status == 200


def test_a_secret_is_shown_where_it_is_made(merchant: Merchant) -> None:
    """X1: to the same request again too (X2), in no list; merchants register nothing."""
    name = fresh_name("ERP")
    first, again = (PLATFORM.post("/v1/applications", {"name": name}, key=name) for _ in range(2))

    assert ok(first, 201) == ok(again, 201)
    assert first.json["secret"]
    assert ok(PLATFORM.get(f"/v1/applications/{first.json['app_id']}"))["secret"] is None
    [newest] = ok(PLATFORM.get("/v1/applications?limit=1"))["items"]
    assert (newest["name"], newest["secret"]) == (name, None)
    assert merchant.client.post("/v1/applications", {"name": name}).status == 403


def test_a_suspended_application_is_granted_nothing(merchant: Merchant) -> None:
    """X1: not before it is active again."""
    application = registered()
    ok(PLATFORM.put(f"/v1/applications/{application['app_id']}/status", {"status": "suspended"}))

    assert grants(merchant, application).status == 422
