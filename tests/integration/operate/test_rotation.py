"""Keys are replaced while business goes on (docs/operate.md). The keys of personal data: tests/integration/plumbing/
test_vault.py; the key of our tokens: tests/integration/catalog/test_sessions.py.
"""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from services.orders.payments import wechat_pay
from services.shared.plumbing import clock
from services.shared.plumbing.resources import Resources
from tests.integration.gifts.scene import NOW, Hands, Scene
from tests.integration.orders.market import Market, person, status_of
from tests.integration.orders.till import Letterbox, Till


def key(byte: bytes) -> str:
    """32 bytes in base64."""
    return base64.b64encode(byte * 32).decode()


@pytest.fixture
def start_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """``start_anew(NAME=value)``: functions start anew with these settings, as after a deployment."""

    def start(**settings: str) -> None:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        wechat_pay.client_for.cache_clear()

    yield start
    wechat_pay.client_for.cache_clear()


@pytest.fixture
def scene(tables: Callable[[str | Resources], Resources], start_anew: Callable[..., None]) -> Iterator[Scene]:
    """A gift shop."""
    start_anew(
        XIAODIAN_GIFTS_TOKEN_KEY=key(b"a"),
        XIAODIAN_GIFTS_ANSWER_WAIT_S="0",
        XIAODIAN_PUBLIC_URL="https://xiaodian.test",
    )
    tables("gifts")
    hands = Hands(NOW)
    clock.use(hands)
    yield Scene(hands)
    clock.use(lambda: datetime.now(UTC))


def test_a_new_claim_secret_ends_old_links_and_the_giver_has_a_new_one(
    scene: Scene, start_anew: Callable[..., None]
) -> None:
    """As if there were no such gift; what the giver's page shows then opens it."""
    gift_id = scene.send()
    old = scene.token(gift_id)

    start_anew(XIAODIAN_GIFTS_TOKEN_KEY=key(b"b"))

    assert scene.claim(old, scene.bo).status == 404
    assert scene.claim(scene.token(gift_id), scene.bo).status == 200


def test_a_new_cursor_key_lets_lists_begin_again(market: Market, start_anew: Callable[..., None]) -> None:
    """A page's cursor from before is refused as any that we did not sign; without it the list is all there."""
    buyer = person("paging")
    (sku,) = market.offer(stock=5)
    for _ in range(2):
        market.place(buyer, sku)
    cursor = buyer.get("/v1/orders?limit=1").json["next_cursor"]

    start_anew(XIAODIAN_CURSOR_KEY=f"2027:{key(b'c')}")

    assert buyer.get(f"/v1/orders?limit=1&cursor={cursor}").slug == "cursor-invalid"
    assert len(buyer.get("/v1/orders?limit=2").json["items"]) == 2


def test_a_letter_under_wechats_new_key_waits_for_ours(
    market: Market, till: Till, letterbox: Letterbox, start_anew: Callable[..., None]
) -> None:
    """Refused, so WeChat brings it again; taken once the functions have the new APIv3 key."""
    buyer = person("waiting")
    (sku,) = market.offer(stock=5)
    order_id = market.place(buyer, sku)
    letter = till.sealed_for_another(market.pay(buyer, order_id, times=0))
    assert letter.bring().slug == "bad-notification"

    start_anew(WECHAT_PAY_API_V3_KEY="x" * 32)

    assert letter.bring().status == 200
    assert status_of(buyer, order_id) == "to_ship"
