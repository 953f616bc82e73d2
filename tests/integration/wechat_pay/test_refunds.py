"""Refunds: once each, never more than was paid, finished a moment later."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from infra.local.wechat_pay.sandbox import Options
from infra.local.wechat_pay.server import WeChatPaySandbox
from tests.integration.wechat_pay.till import NUMBER, START, Merchant, Till, answered, refusal


def test_refund(till: Till) -> None:
    """PROCESSING, then SUCCESS and a callback; asked for again it is the same one; the payment says REFUND."""
    till.ask()
    till.press()
    assert till.called(1)

    code, started = till.refund("refund_1", 400, reason="unclaimed gift")
    again = till.refund("refund_1", 400, reason="unclaimed gift")

    assert (code, started["status"], started["amount"]["refund"]) == (200, "PROCESSING", 400)
    assert again[1]["refund_id"] == started["refund_id"]
    assert till.refund_is("refund_1", "SUCCESS")
    assert till.called(2)
    event = till.merchant.opened(till.sdk, 1)
    assert event["event_type"] == "REFUND.SUCCESS"
    assert event["resource"] == {
        "mchid": till.sandbox.keys.mchid,
        "out_trade_no": NUMBER,
        "transaction_id": started["transaction_id"],
        "out_refund_no": "refund_1",
        "refund_id": started["refund_id"],
        "refund_status": "SUCCESS",
        "success_time": "2025-03-01T12:00:00+08:00",
        "user_received_account": started["user_received_account"],
        "amount": {"total": 1000, "refund": 400, "payer_total": 1000, "payer_refund": 400},
    }
    assert answered(till.sdk.query(out_trade_no=NUMBER))[1]["trade_state"] == "REFUND"
    till.press()  # a late duplicate still reports the payment
    assert till.called(3)
    assert till.merchant.opened(till.sdk, 2)["resource"]["trade_state"] == "SUCCESS"


def test_refunds_that_do_not_fit(till: Till) -> None:
    """No more than is left, of the amount that was paid, under a number of its own, of a payment that was made."""
    till.ask()
    assert refusal(till.refund("too_soon", 1)) == (404, "RESOURCE_NOT_EXISTS")
    till.press()
    till.refund("refund_1", 400)
    till.clock[0] += timedelta(minutes=1)

    assert refusal(till.refund("refund_2", 601)) == (400, "INVALID_REQUEST")
    assert refusal(till.refund("refund_2", 600, total=999)) == (400, "INVALID_REQUEST")
    assert refusal(till.refund("refund_1", 600)) == (400, "INVALID_REQUEST")
    assert refusal(till.refund("refund_2", 0)) == (400, "PARAM_ERROR")
    assert refusal(till.refund("refund_2", 1, out_trade_no="unknown_1")) == (404, "RESOURCE_NOT_EXISTS")
    assert refusal(answered(till.sdk.query_refund("refund_2"))) == (404, "RESOURCE_NOT_EXISTS")
    till.arm(refund_not_enough=1)
    assert refusal(till.refund("refund_2", 600)) == (403, "NOT_ENOUGH")
    till.clock[0] += timedelta(days=365)
    assert refusal(till.refund("refund_2", 600)) == (400, "INVALID_REQUEST")
    till.clock[0] -= timedelta(days=1)
    assert till.refund("refund_2", 600)[1]["status"] == "PROCESSING"


def test_fifty_refunds_a_minute_apart(till: Till) -> None:
    """The minute is divided by the speed; the fifty-first is refused however long one waits."""
    till.ask()
    till.press()

    assert till.refund("refund_0", 1)[0] == 200
    assert refusal(till.refund("refund_1", 1)) == (429, "FREQUENCY_LIMITED")
    for number in range(1, 50):
        till.clock[0] += timedelta(seconds=60 / 3000)
        assert till.refund(f"refund_{number}", 1)[0] == 200
    till.clock[0] += timedelta(minutes=1)
    assert refusal(till.refund("refund_50", 1)) == (400, "INVALID_REQUEST")


def test_racing_refunds_never_pass_what_was_paid(data: Path) -> None:
    """Ten at once of 300 fen each from 1000 fen: three are taken."""
    with WeChatPaySandbox(Options(data, callback_speed=1e9), lambda: START) as sandbox:
        till = Till(sandbox, Merchant(), "http://127.0.0.1:1/", [START])
        till.ask()
        till.press(times=0)

        with ThreadPoolExecutor(10) as threads:
            answers = list(threads.map(lambda place: till.refund(f"refund_{place}", 300), range(10)))

    assert sorted(code for code, _ in answers) == [200] * 3 + [400] * 7


def test_a_refund_that_fails(till: Till) -> None:
    """It ends ABNORMAL with a callback of its own; the same request starts it again."""
    till.ask()
    till.press(times=0)
    till.arm(refund_fails=1)

    first = till.refund("refund_1", 400)[1]
    assert till.refund_is("refund_1", "ABNORMAL")
    assert till.called(1)
    again = till.refund("refund_1", 400)[1]

    event = till.merchant.opened(till.sdk)
    assert (event["event_type"], event["resource"]["refund_status"]) == ("REFUND.ABNORMAL", "ABNORMAL")
    assert (again["status"], again["refund_id"]) == ("PROCESSING", first["refund_id"])
    assert till.refund_is("refund_1", "SUCCESS")
