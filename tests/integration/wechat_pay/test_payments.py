"""Prepay, query, close and paying them: the protocol's promises towards the real SDK."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from wechatpayv3 import WeChatPayType
from wechatpayv3.utils import build_authorization

from infra.local.wechat_pay.keys import Keys
from tests.integration.wechat_pay.till import NUMBER, SHOP, START, Till, answered, client, refusal, tell, told


def test_native_payment_from_code_to_callback(till: Till) -> None:
    """code_url opens a page whose button pays; the query says so and the SDK opens the callback."""
    code, prepaid = till.ask(attach="a note")
    unpaid = answered(till.sdk.query(out_trade_no=NUMBER))[1]
    page = requests.get(prepaid["code_url"], timeout=30)
    pressed = requests.post(prepaid["code_url"], data={"action": "pay"}, timeout=30, allow_redirects=False)

    assert (code, unpaid["trade_state"], "transaction_id" in unpaid) == (200, "NOTPAY", False)
    assert "¥10.00" in page.text
    assert "桂花茶 一罐" in page.text
    assert (pressed.status_code, pressed.headers["Location"]) == (303, f"/sandbox/pay/{NUMBER}")
    assert till.called(1)
    paid = answered(till.sdk.query(out_trade_no=NUMBER))[1]
    event = till.merchant.opened(till.sdk)
    assert (paid["trade_state"], paid["trade_type"], paid["attach"]) == ("SUCCESS", "NATIVE", "a note")
    assert paid["success_time"] == "2025-03-01T12:00:00+08:00"
    assert paid["amount"] == {"total": 1000, "payer_total": 1000, "currency": "CNY", "payer_currency": "CNY"}
    assert (event["event_type"], event["resource_type"]) == ("TRANSACTION.SUCCESS", "encrypt-resource")
    assert event["resource"] == paid
    assert answered(till.sdk.query(transaction_id=paid["transaction_id"]))[1] == paid
    assert "<button" not in requests.get(prepaid["code_url"], timeout=30).text


def test_other_ways_to_pay(till: Till) -> None:
    """JSAPI and APP give a prepay_id, H5 a link; JSAPI's payer is who was named."""
    jsapi = till.ask("jsapi_01", pay_type=WeChatPayType.JSAPI, payer={"openid": "o-alice"})[1]
    app = till.ask("app_0001", pay_type=WeChatPayType.APP)[1]
    scene = {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}
    h5 = till.ask("h5_00001", pay_type=WeChatPayType.H5, scene_info=scene)[1]

    assert jsapi["prepay_id"].startswith("wx")
    assert app["prepay_id"] != jsapi["prepay_id"]
    assert h5["h5_url"] == f"{till.sandbox.url}/sandbox/pay/h5_00001"
    queried = answered(till.sdk.query(out_trade_no="jsapi_01"))[1]
    assert (queried["payer"], queried["trade_type"]) == ({"openid": "o-alice"}, "JSAPI")
    assert answered(till.sdk.query(out_trade_no="h5_00001"))[1]["trade_type"] == "MWEB"


def test_the_same_prepay_at_once_is_one_payment(till: Till) -> None:
    """Twenty equal prepays have one answer; another body under the number is refused."""
    jsapi = {"pay_type": WeChatPayType.JSAPI, "payer": {"openid": "o-alice"}}

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: till.ask(**jsapi), range(20)))

    assert {answer[1]["prepay_id"] for answer in answers} == {answers[0][1]["prepay_id"]}
    assert refusal(till.ask(**jsapi, amount={"total": 999})) == (403, "OUT_TRADE_NO_USED")
    assert refusal(till.ask()) == (403, "OUT_TRADE_NO_USED")
    assert len(tell(f"{till.sandbox.url}/sandbox")["items"]) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": {"total": 0}}, "/amount/total"),
        ({"amount": {"total": "1"}}, "/amount/total"),
        ({"amount": {"total": 1.5}}, "/amount/total"),
        ({"amount": {"total": 1, "currency": "USD"}}, "/amount/currency"),
        ({"number": "short"}, "/out_trade_no"),
        ({"number": "has a space"}, "/out_trade_no"),
        ({"description": "长" * 128}, "/description"),
        ({"time_expire": "2025-03-01T12:30:00"}, "/time_expire"),
        ({"time_expire": "2025-03-01T11:59:59+08:00"}, "/time_expire"),
        ({"notify_url": "http://example.com/notifications"}, "/notify_url"),
        ({"notify_url": "https://127.0.0.1/notifications"}, "/notify_url"),
        ({"notify_url": "http://127.0.0.1:1/notifications?shop=1"}, "/notify_url"),
        ({"pay_type": WeChatPayType.JSAPI, "payer": {"name": "alice"}}, "/payer/openid"),
        ({"pay_type": WeChatPayType.H5, "scene_info": {"payer_client_ip": "127.0.0.1"}}, "/scene_info/h5_info"),
    ],
)
def test_a_wrong_parameter_is_named(till: Till, changes: dict[str, Any], field: str) -> None:
    """PARAM_ERROR points at the field, and no payment comes to be."""
    answer = till.ask(**changes)

    assert refusal(answer) == (400, "PARAM_ERROR")
    assert answer[1]["detail"]["field"] == field
    assert tell(f"{till.sandbox.url}/sandbox") == {"items": []}


def test_another_merchant_or_app_is_refused(till: Till) -> None:
    """The key that signs decides for whom one may ask."""
    assert refusal(till.ask(mchid=SHOP)) == (400, "MCH_NOT_EXISTS")
    assert refusal(till.ask(appid="wx0000000000000000")) == (400, "APPID_MCHID_NOT_MATCH")
    assert refusal(answered(till.sdk.query(out_trade_no=NUMBER, mchid=SHOP))) == (400, "MCH_NOT_EXISTS")
    assert refusal(answered(till.sdk.query(out_trade_no=NUMBER))) == (404, "ORDER_NOT_EXIST")
    assert refusal(answered(till.sdk.close(NUMBER))) == (404, "ORDER_NOT_EXIST")


def test_a_wrong_request_signature_is_refused(till: Till, keys: Keys) -> None:
    """Another key, another serial, a body that changed on the way, no signature: 401, and nothing happens."""
    stranger_key = generate_private_key(65537, 2048)
    pem = stranger_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    stranger = client(till.sandbox.url, replace(keys, merchant_private_key_pem=pem))
    outdated = client(till.sandbox.url, replace(keys, merchant_serial_no="00FF"))
    path = "/v3/pay/transactions/native"
    signed = build_authorization(path, "POST", keys.mchid, keys.merchant_serial_no, till.sdk._core._private_key, "{}")

    changed = requests.post(till.sandbox.url + path, "{ }", headers={"Authorization": signed}, timeout=30)
    unsigned = requests.post(till.sandbox.url + path, "{}", timeout=30)
    accepted = requests.post(till.sandbox.url + path, "{}", headers={"Authorization": signed}, timeout=30)

    assert refusal(till.ask(sdk=stranger)) == (401, "SIGN_ERROR")
    assert refusal(till.ask(sdk=outdated)) == (401, "SIGN_ERROR")
    assert (changed.status_code, changed.json()["code"]) == (401, "SIGN_ERROR")
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "SIGN_ERROR")
    assert accepted.json()["code"] == "PARAM_ERROR"
    assert tell(f"{till.sandbox.url}/sandbox") == {"items": []}


def test_every_answer_is_signed(till: Till) -> None:
    """Also a refusal and an empty 204; the SDK takes none whose signature is wrong."""
    till.ask()
    verify = till.sdk._core._verify_signature
    refused = requests.get(f"{till.sandbox.url}/v3/pay/transactions/id/x", timeout=30)
    closed = till.sdk.close(NUMBER)
    till.arm(forge_answers=1)

    with pytest.raises(Exception, match="failed to verify the signature"):
        till.sdk.query(out_trade_no=NUMBER)

    assert verify(refused.headers, refused.text)
    assert not verify(refused.headers, refused.text + " ")
    assert closed[0] == 204
    assert till.sdk.query(out_trade_no=NUMBER)[0] == 200


def test_close(till: Till) -> None:
    """A closed payment cannot be paid, closed or asked for again; a paid one cannot be closed."""
    till.ask()
    till.ask("paid_001")
    till.press("paid_001")

    assert till.sdk.close(NUMBER)[0] == 204
    assert answered(till.sdk.query(out_trade_no=NUMBER))[1]["trade_state"] == "CLOSED"
    assert refusal(answered(till.sdk.close(NUMBER))) == (400, "ORDER_CLOSED")
    assert refusal(till.ask()) == (400, "ORDER_CLOSED")
    assert till.told(NUMBER) == (400, "ORDER_CLOSED")
    assert refusal(answered(till.sdk.close("paid_001"))) == (400, "ORDERPAID")
    assert refusal(till.ask("paid_001")) == (400, "ORDERPAID")
    assert till.told("unknown_1") == (404, "ORDER_NOT_EXIST")
    assert till.called(1)


def test_payment_after_closing(till: Till) -> None:
    """Told to, the buyer pays what is closed, and the merchant hears of it."""
    till.ask()
    till.sdk.close(NUMBER)

    till.press(after_close=True)

    assert till.called(1)
    assert till.merchant.opened(till.sdk)["resource"]["trade_state"] == "SUCCESS"
    assert answered(till.sdk.query(out_trade_no=NUMBER))[1]["trade_state"] == "SUCCESS"


def test_time_expire(till: Till) -> None:
    """A payment past its time still reads NOTPAY and cannot be paid, unless the money moved before or it is forced."""
    soon = START + timedelta(minutes=30)
    for number in ("late_001", "in_time1", "forced_1"):
        till.ask(number, time_expire=soon.isoformat())
    till.clock[0] = soon + timedelta(seconds=1)

    assert answered(till.sdk.query(out_trade_no="late_001"))[1]["trade_state"] == "NOTPAY"
    assert till.told("late_001") == (400, "ORDER_CLOSED")
    assert till.told("late_001", success_time=till.clock[0].isoformat()) == (400, "ORDER_CLOSED")
    assert till.press("in_time1", success_time=soon.isoformat())["success_time"] == "2025-03-01T12:30:00+08:00"
    assert till.press("forced_1", after_close=True)["success_time"] == "2025-03-01T12:30:01+08:00"
    assert till.ask("late_001", time_expire=soon.isoformat())[0] == 200
    assert till.called(2)


def test_a_failed_try_tells_nobody(till: Till) -> None:
    """The payment stays open, and may be paid later."""
    till.ask()

    assert till.press(action="fail")["trade_state"] == "NOTPAY"
    requests.post(f"{till.sandbox.url}/sandbox/pay/{NUMBER}", data={"action": "fail"}, timeout=30)
    assert till.called(0)
    assert till.press()["failed_tries"] == [START.isoformat()] * 2
    assert till.called(1)


def test_a_wrong_amount_is_what_was_paid(till: Till) -> None:
    """Callback and query agree on it, and a refund is measured by it, until the buyer pays right."""
    till.ask()

    till.press(amount_fen=1)
    wrong = answered(till.sdk.query(out_trade_no=NUMBER))[1]
    till.press()

    assert till.called(2)
    amounts = sorted(till.merchant.opened(till.sdk, place)["resource"]["amount"]["total"] for place in range(2))
    assert amounts == [1, 1000]
    assert wrong["amount"]["total"] == wrong["amount"]["payer_total"] == 1
    right = answered(till.sdk.query(out_trade_no=NUMBER))[1]
    assert right == {**wrong, "amount": {**wrong["amount"], "total": 1000, "payer_total": 1000}}
    till.refund("refund_1", 400)
    assert till.told(NUMBER, amount_fen=1) == (400, "INVALID_REQUEST")


def test_system_error_and_lost_answer(till: Till) -> None:
    """The one did nothing, the other was done: asking the same again is right after either."""
    till.arm(system_errors=1)
    assert refusal(till.ask()) == (500, "SYSTEM_ERROR")
    assert tell(f"{till.sandbox.url}/sandbox") == {"items": []}
    till.arm(lose_answers=1)
    with pytest.raises(requests.ConnectionError):
        till.ask()
    assert till.look()["trade_state"] == "NOTPAY"

    assert till.ask()[0] == 200
    assert tell(f"{till.sandbox.url}/sandbox/behaviour") == {}


def test_partner_mode(till: Till) -> None:
    """A platform asks for its shop; whoever names another shop, or none, finds nothing."""
    sdk = till.partner
    jsapi = {"pay_type": WeChatPayType.JSAPI, "payer": {"sub_openid": "o-alice"}, "sub_appid": "wxshop"}
    assert "prepay_id" in till.ask(sdk=sdk, sub_mchid=SHOP, **jsapi)[1]
    till.press()
    paid = answered(sdk.query(out_trade_no=NUMBER, sub_mchid=SHOP))[1]

    assert till.called(1)
    owner = {"sp_appid": till.sdk._appid, "sp_mchid": till.sdk._mchid, "sub_mchid": SHOP, "sub_appid": "wxshop"}
    assert owner.items() <= paid.items()
    assert "mchid" not in paid
    assert paid["payer"] == {"sub_openid": "o-alice"}
    assert till.merchant.opened(sdk)["resource"] == paid
    assert refusal(answered(till.sdk.query(out_trade_no=NUMBER))) == (404, "ORDER_NOT_EXIST")
    assert refusal(answered(sdk.query(out_trade_no=NUMBER, sub_mchid="1900000110"))) == (404, "ORDER_NOT_EXIST")
    assert refusal(answered(sdk.close(NUMBER, sub_mchid=SHOP))) == (400, "ORDERPAID")
    assert refusal(till.refund("refund_1", 400)) == (404, "RESOURCE_NOT_EXISTS")
    assert till.refund("refund_1", 400, sdk=sdk, sub_mchid=SHOP)[1]["status"] == "PROCESSING"
    assert till.called(2)
    assert till.merchant.opened(sdk, 1)["resource"]["sub_mchid"] == SHOP
    assert answered(sdk.query_refund("refund_1", sub_mchid=SHOP))[1]["status"] == "SUCCESS"
    assert refusal(answered(till.sdk.query_refund("refund_1"))) == (404, "RESOURCE_NOT_EXISTS")


def test_a_misspelt_order_to_the_sandbox_is_refused(till: Till) -> None:
    """Nothing is armed by a name that does not exist, nor done at a door that does not."""
    till.ask()

    assert till.told(NUMBER, amount=1) == (400, "PARAM_ERROR")
    assert till.told(NUMBER, before_answer=True, delay_s=1) == (400, "PARAM_ERROR")
    assert told(f"{till.sandbox.url}/sandbox/behaviour", {"loose_answers": 1}) == (400, "PARAM_ERROR")
    assert told(f"{till.sandbox.url}/sandbox/nothing", {}) == (404, "RESOURCE_NOT_EXISTS")
    assert told(f"{till.sandbox.url}/sandbox", {}) == (405, "METHOD_NOT_ALLOWED")
    assert till.look()["trade_state"] == "NOTPAY"


@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
def test_no_web_page_plays_the_buyer(till: Till, header: dict[str, str]) -> None:
    """A browser that was led here under another name, or from another site, is turned away."""
    till.ask()

    answer = requests.post(f"{till.sandbox.url}/sandbox/pay/{NUMBER}", "action=pay", headers=header, timeout=30)

    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert till.look()["trade_state"] == "NOTPAY"
