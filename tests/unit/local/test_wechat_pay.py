"""The pure parts of the local WeChat Pay: keys, signatures, sealing, the schedule, fees, the page."""

import json
import stat
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from infra.local.loopback import Request
from infra.local.wechat_pay.callback import SCHEDULE_S, Attempt, payment_callback
from infra.local.wechat_pay.keys import Keys, ensure_keys
from infra.local.wechat_pay.page import payment_page
from infra.local.wechat_pay.payment import Merchant, Payment, TradeType
from infra.local.wechat_pay.refund import Refund
from infra.local.wechat_pay.refusal import Refusal
from infra.local.wechat_pay.signing import check_request, seal, sign
from infra.local.wechat_pay.trade import movements, trade, yuan

NOW = datetime(2025, 3, 1, 4, 0, tzinfo=UTC)
SECONDS = 1_740_801_600.0


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Made once for all tests here."""
    return ensure_keys(tmp_path_factory.mktemp("keys"))


def payment(total_fen: int = 1000, description: str = "tea") -> Payment:
    """An unpaid one, open for half an hour."""
    return Payment(
        out_trade_no="ord_0001",
        trade_type=TradeType.NATIVE,
        merchant=Merchant("wxapp", "1900000001"),
        asked={"description": description, "notify_url": "http://127.0.0.1/", "amount": {"total": total_fen}},
        payer={"openid": "o-alice"},
        prepay_id="wx1",
        created_at=NOW,
        expires_at=NOW + timedelta(minutes=30),
    )


def signed(keys: Keys, **changes: str) -> Request:
    """A request as the merchant signs it, with fields of the header changed afterwards."""
    body = b'{"a": 1}'
    lines = f"POST\n/v3/x?y=1\n{int(SECONDS)}\nNONCE\n".encode() + body + b"\n"
    key = load_pem_private_key(keys.merchant_private_key_pem.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    signature = b64encode(key.sign(lines, PKCS1v15(), SHA256())).decode()
    fields = {
        "mchid": keys.mchid,
        "nonce_str": "NONCE",
        "signature": signature,
        "timestamp": str(int(SECONDS)),
        "serial_no": keys.merchant_serial_no,
        **changes,
    }
    header = "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{name}="{value}"' for name, value in fields.items())
    return Request("POST", "/v3/x?y=1", {"authorization": header}, body)


def test_keys_are_made_once_whoever_asks(tmp_path: Path) -> None:
    """Two that start at once get the same keys; files are their owner's only, secrets in no repr."""
    with ThreadPoolExecutor(2) as threads:
        one, two = threads.map(lambda _: ensure_keys(tmp_path), range(2))

    assert one.merchant_private_key_pem == two.merchant_private_key_pem
    assert repr(one) == repr(two)
    assert one.platform_public_key_pem == two.platform_public_key_pem
    assert len(one.apiv3_key) == 32
    files = list((tmp_path / "wechat-pay").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert sorted(file.name for file in files) == [
        "apiv3_key",
        "appid",
        "mchid",
        "merchant_private_key.pem",
        "merchant_serial_no",
        "platform_private_key.pem",
        "platform_public_key.pem",
        "public_key_id",
    ]
    assert one.apiv3_key not in repr(one)
    assert "PRIVATE" not in repr(one)


def test_a_request_signed_in_time_is_taken(keys: Keys) -> None:
    """Five minutes either way."""
    for skew in (-300, 0, 300):
        check_request(signed(keys), keys, SECONDS + skew)


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET"},
        {"target": "/v3/x?y=2"},
        {"body": b'{"a": 2}'},
        {"headers": {}},
        {"headers": {"authorization": "WECHATPAY2-SM2-WITH-SM3 mchid=1"}},
    ],
)
def test_a_signature_covers_the_whole_request(keys: Keys, changes: dict[str, Any]) -> None:
    """Method, path with query, body; without a signature there is nothing to check."""
    with pytest.raises(Refusal, match="SIGN_ERROR"):
        check_request(replace(signed(keys), **changes), keys, SECONDS)


@pytest.mark.parametrize(
    "changes",
    [
        {"mchid": "1900000000"},
        {"serial_no": "00FF"},
        {"nonce_str": "OTHER"},
        {"timestamp": str(int(SECONDS) + 1)},
        {"timestamp": "now"},
        {"signature": "no base64!"},
        {"signature": "AAAA"},
    ],
)
def test_every_field_of_the_header_counts(keys: Keys, changes: dict[str, str]) -> None:
    """One that was changed is refused."""
    with pytest.raises(Refusal, match="SIGN_ERROR"):
        check_request(signed(keys, **changes), keys, SECONDS)


@pytest.mark.parametrize("skew", [-301, 301])
def test_an_old_or_early_request_is_refused(keys: Keys, skew: int) -> None:
    """However well it is signed."""
    with pytest.raises(Refusal, match="SIGN_ERROR"):
        check_request(signed(keys), keys, SECONDS + skew)


@pytest.mark.parametrize("forged", [False, True])
def test_an_answer_is_signed_by_the_platform(keys: Keys, forged: bool) -> None:
    """Over timestamp, nonce and body; a forged signature looks the same and is wrong."""
    headers = sign(b"{}", keys, SECONDS, forged=forged)

    message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n{{}}\n".encode()
    key = load_pem_public_key(keys.platform_public_key_pem.encode())
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(b64decode(headers["Wechatpay-Signature"]), message, PKCS1v15(), SHA256())
    except InvalidSignature:
        assert forged
    else:
        assert not forged
    assert headers["Wechatpay-Serial"] == keys.public_key_id
    assert headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"


def test_a_sealed_resource_opens_with_its_key_and_kind(keys: Keys) -> None:
    """AES-256-GCM, a nonce of 12 bytes, the kind as associated data."""
    sealed = seal(b'{"ok": 1}', "transaction", keys.apiv3_key)

    assert (sealed["algorithm"], sealed["original_type"], len(sealed["nonce"])) == (
        "AEAD_AES_256_GCM",
        "transaction",
        12,
    )
    box = AESGCM(keys.apiv3_key.encode())
    opened = box.decrypt(sealed["nonce"].encode(), b64decode(sealed["ciphertext"]), sealed["associated_data"].encode())
    assert json.loads(opened) == {"ok": 1}


def test_the_schedule_is_wechats() -> None:
    """15 s, 15 s, 30 s, 3 m, 10 m, 20 m, 30 m three times, 60 m, 3 h three times, 6 h twice: 24 h 4 m, then no more."""
    callback = payment_callback(payment(), "EV-1", NOW, bad_signature=False)
    assert callback.wait_s(60) == 0.0

    waits = []
    for _ in range(16):
        callback = callback.after(Attempt(NOW, status=500))
        waits.append(callback.wait_s(60))

    assert waits == [*(wait / 60 for wait in SCHEDULE_S), None]
    assert timedelta(seconds=sum(SCHEDULE_S)) == timedelta(hours=24, minutes=4)


@pytest.mark.parametrize(("status", "done"), [(200, True), (204, True), (302, False), (401, False), (None, False)])
def test_only_2xx_accepts_a_callback(status: int | None, done: bool) -> None:
    """A redirect is not followed, and no answer is none."""
    callback = payment_callback(payment(), "EV-1", NOW, bad_signature=False).after(Attempt(NOW, status=status))

    assert (callback.wait_s(1) is None) is done


@given(paid=st.integers(1, 10_000_000), shares=st.lists(st.integers(1, 1_000_000), max_size=50))
def test_a_payment_refunded_in_full_costs_nothing(paid: int, shares: list[int]) -> None:
    """However it is cut up: the shares of the fee, none below 0, add up to it, and the account to nothing."""
    cuts, left = [], paid
    for share in shares:
        cuts.append(min(share, left))
        left -= cuts[-1]
    cuts = [cut for cut in [*cuts, left] if cut]
    bought = payment(paid).pay(at=NOW, paid_fen=paid, transaction_id="4200", force=False)
    refunds = [
        Refund(
            out_refund_no=f"refund_{place}",
            refund_id=f"503{place}",
            out_trade_no=bought.out_trade_no,
            transaction_id="4200",
            merchant=bought.merchant,
            asked={"amount": {"refund": cut, "total": paid}},
            created_at=NOW,
        ).finish(NOW)
        for place, cut in enumerate(cuts)
    ]

    whole = trade(bought, refunds)

    returned = [fee for _, fee in whole.refunds]
    assert min(returned) >= 0
    assert sum(returned) == whole.fee_fen == (paid * 60 + 5_000) // 10_000
    assert sum(movement.amount_fen for movement in movements(whole)) == 0


def test_yuan() -> None:
    """Fen as bills write them."""
    assert [yuan(fen) for fen in (0, 5, 99, 100, 123456, -5, -100)] == [
        "0.00",
        "0.05",
        "0.99",
        "1.00",
        "1234.56",
        "-0.05",
        "-1.00",
    ]


def test_the_page_shows_and_escapes() -> None:
    """A description is text, never markup; what cannot be paid has no button."""
    page = payment_page(payment(description="<script>alert(1)</script>"), NOW)

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert 'value="pay"' in page
    assert "<button" not in payment_page(payment(), NOW + timedelta(minutes=31))
    assert "<button" not in payment_page(payment().close(), NOW)
