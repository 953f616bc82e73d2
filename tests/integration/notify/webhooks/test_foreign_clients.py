"""Clients that nobody here wrote read what we push: wechatpy (PyPI) and wechat-crypto (npm) (N3)."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import check_signature

from tests.integration.notify.conftest import event, hear, paid
from tests.integration.notify.webhooks.conftest import Merchant, follow
from tests.integration.notify.webhooks.receiver import AES_KEY, TOKEN, Asked, Receiver

ROOT = Path(__file__).parents[4]
READ = """
const Crypt = require('wechat-crypto');
const { token, aesKey, appid, query, encrypt } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const client = new Crypt(token, aesKey, appid);
const signature = client.getSignature(query.timestamp, query.nonce, encrypt);
console.log(JSON.stringify({ signature, ...client.decrypt(encrypt) }));
"""


@pytest.fixture(params=["json", "xml"])
def form(request: pytest.FixtureRequest) -> str:
    """Both formats."""
    return str(request.param)


@pytest.mark.parametrize("title", ["茶杯", "“]]>” & <b>'\"", "💚" * 200])
def test_wechatpy_reads_what_is_pushed_in_safe_mode(
    merchant: Merchant, receiver: Receiver, form: str, title: str
) -> None:
    """It verifies the signature, decrypts, and finds the event, whatever the title holds."""
    asked = _pushed(merchant, receiver, form=form, title=title)

    crypto = WeChatCrypto(TOKEN, AES_KEY, merchant.shop)
    body: Any = json.loads(asked.body) if form == "json" else asked.body
    message = crypto.decrypt_message(body, asked.query["msg_signature"], asked.query["timestamp"], asked.query["nonce"])

    assert asked.query["encrypt_type"] == "aes"
    _assert_told(_read(message, form), merchant, title)


@pytest.mark.parametrize("mode", ["plain", "safe"])
def test_wechatpy_trusts_the_callers_signature(merchant: Merchant, receiver: Receiver, mode: str) -> None:
    """Of every push, and of the check of the URL."""
    asked = _pushed(merchant, receiver, mode=mode)
    [checked] = receiver.checked

    for one in (asked, checked):
        check_signature(TOKEN, one.query["signature"], one.query["timestamp"], one.query["nonce"])
        with pytest.raises(InvalidSignatureException):
            check_signature("another", one.query["signature"], one.query["timestamp"], one.query["nonce"])


def test_wechatpy_refuses_another_shops_push(merchant: Merchant, receiver: Receiver) -> None:
    """The shop's id is the app id inside the ciphertext."""
    asked = _pushed(merchant, receiver)

    stranger = WeChatCrypto(TOKEN, AES_KEY, "shp_another")
    with pytest.raises(InvalidAppIdException):
        stranger.decrypt_message(
            json.loads(asked.body), asked.query["msg_signature"], asked.query["timestamp"], asked.query["nonce"]
        )


def test_wechat_crypto_reads_what_is_pushed_in_safe_mode(merchant: Merchant, receiver: Receiver, form: str) -> None:
    """The npm client computes the same signature and decrypts the same message."""
    asked = _pushed(merchant, receiver, form=form)
    given = json.loads(asked.body) if form == "json" else xmltodict.parse(asked.body)["xml"]

    said = {"token": TOKEN, "aesKey": AES_KEY, "appid": merchant.shop, "query": asked.query}
    run = subprocess.run(
        ["node", "--no-deprecation", "-e", READ],
        input=json.dumps({**said, "encrypt": given["Encrypt"]}),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=60,
    )
    found = json.loads(run.stdout)

    assert (found["signature"], found["id"]) == (asked.query["msg_signature"], merchant.shop)
    _assert_told(_read(found["message"], form), merchant, "茶杯")


def test_plain_mode_is_plain(merchant: Merchant, receiver: Receiver, form: str) -> None:
    """The message itself, with the caller's signature beside it, and nothing that needs a key."""
    asked = _pushed(merchant, receiver, form=form, mode="plain", encoding_aes_key=None)

    _assert_told(_read(asked.body, form), merchant, "茶杯")
    assert not {"msg_signature", "encrypt_type"} & set(asked.query)


def _pushed(merchant: Merchant, receiver: Receiver, *, form: str = "json", title: str = "茶杯", **wanted: Any) -> Asked:
    """What the receiver gets of one payment."""
    webhook = merchant.registered(receiver, format=form, **wanted)
    hear(event(paid("person:buyer", merchant.shop, title=title)))
    follow(merchant, webhook)
    [asked] = receiver.pushed
    return asked


def _read(message: str, form: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(message) if form == "json" else xmltodict.parse(message)["xml"]
    return found


def _assert_told(message: dict[str, Any], merchant: Merchant, title: str) -> None:
    assert (message["MsgType"], message["Event"]) == ("event", "orders.order_paid")
    assert (message["ToUserName"], message["FromUserName"]) == (merchant.shop, "xiaodian")
    info = message["order_info"]
    lines = info["lines"] if isinstance(info["lines"], list) else [info["lines"]]
    assert [line["title"] for line in lines] == [title]
    assert str(info["paid_fen"]) == "100"
    assert "buyer" not in info
