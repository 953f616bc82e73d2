"""Callbacks come as WeChat's do: sealed, repeated, resent, and wrong when told to."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from infra.local.loopback import LoopbackServer
from infra.local.wechat_pay import courier
from infra.local.wechat_pay.sandbox import Options
from infra.local.wechat_pay.server import WeChatPaySandbox
from tests.integration.wechat_pay.till import NUMBER, START, Merchant, Till, answered, eventually, refusal


def test_duplicates_are_one_notification(till: Till) -> None:
    """The same id and content each time, sealed anew; times=0 pays and calls nobody."""
    till.ask()
    till.ask("silent_1")

    till.press(times=3)
    till.press("silent_1", times=0)

    assert till.called(3)
    events = [till.merchant.opened(till.sdk, place) for place in range(3)]
    assert events[0] == events[1] == events[2]
    assert len({json.loads(request.body)["resource"]["ciphertext"] for request in till.merchant.received}) == 3
    assert len({request.headers["wechatpay-nonce"] for request in till.merchant.received}) == 3
    assert answered(till.sdk.query(out_trade_no="silent_1"))[1]["trade_state"] == "SUCCESS"


def test_a_bad_callback_signature_opens_to_nothing(till: Till) -> None:
    """The SDK gives None; the true callback of the same payment can follow."""
    till.ask()
    till.press(bad_signature=True)
    assert till.called(1)
    till.press()
    assert till.called(2)

    assert till.merchant.opened(till.sdk, 0) is None
    assert till.merchant.opened(till.sdk, 1)["resource"]["out_trade_no"] == NUMBER


def test_a_delayed_callback(till: Till) -> None:
    """The payment is made at once and reported later."""
    till.ask()
    begun = time.monotonic()

    till.press(delay_s=0.3)

    assert answered(till.sdk.query(out_trade_no=NUMBER))[1]["trade_state"] == "SUCCESS"
    assert till.called(1)
    assert time.monotonic() - begun >= 0.3


@pytest.mark.parametrize("planned", [True, False])
def test_the_callback_comes_before_the_prepay_is_answered(till: Till, planned: bool) -> None:
    """Whether told for one number or armed for whichever comes next; the next prepay is an ordinary one."""
    if planned:
        assert till.press(before_answer=True, amount_fen=7) == {"out_trade_no": NUMBER, "planned": True}
    else:
        assert till.arm(callback_before_answer=True) == {"callback_before_answer": 1}
    till.merchant.delay_s = 0.1

    code, answer = till.ask()

    assert (code, list(answer)) == (200, ["code_url"])
    assert len(till.merchant.received) == 1
    assert till.merchant.opened(till.sdk)["resource"]["amount"]["total"] == (7 if planned else 1000)
    till.ask("ordinary")
    assert till.called(1)


def test_callbacks_are_resent_until_accepted(till: Till) -> None:
    """A merchant that fails twice is called a third time, each time by the schedule, and then no more."""
    till.ask()
    till.merchant.answers = [500, 404]

    till.press()

    assert till.called(3)
    assert eventually(lambda: bool(till.look()["callbacks"][0]["delivered"]))
    assert [attempt["status"] for attempt in attempts(till, NUMBER)] == [500, 404, 204]
    assert len({json.loads(request.body)["id"] for request in till.merchant.received}) == 1


def test_callbacks_end_after_the_whole_schedule(data: Path) -> None:
    """Fifteen times again, then WeChat gives up."""
    merchant = Merchant(answers=[500] * 20)
    with (
        LoopbackServer(merchant) as receiver,
        WeChatPaySandbox(Options(data, callback_speed=1e9), lambda: START) as sandbox,
    ):
        till = Till(sandbox, merchant, receiver.url, [START])
        till.ask()
        till.press()

        assert till.called(16)
        assert eventually(lambda: [one["status"] for one in attempts(till, NUMBER)] == [500] * 16)
        assert not till.look()["callbacks"][0]["delivered"]


def test_no_answer_counts_as_a_failure(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody there, or an answer that takes too long: sent again by the schedule."""
    monkeypatch.setattr(courier, "ANSWER_WITHIN_S", 0.1)
    till.ask()
    till.ask("nobody_1", notify_url="http://127.0.0.1:1/notifications")
    till.merchant.delay_s = 0.3

    till.press()
    till.press("nobody_1")

    assert eventually(lambda: len(attempts(till, "nobody_1")) >= 2)
    assert attempts(till, "nobody_1")[0]["failure"] == "ConnectionRefusedError"
    assert eventually(lambda: bool(attempts(till, NUMBER)))
    till.merchant.delay_s = 0.0
    assert eventually(lambda: attempts(till, NUMBER)[-1]["status"] == 204)
    assert attempts(till, NUMBER)[0]["failure"] == "TimeoutError"


def test_a_lost_callback_is_resent(till: Till) -> None:
    """It never reaches the merchant; the next attempt does."""
    till.ask()
    till.arm(lose_callbacks=2)

    till.press()

    assert till.called(1)
    assert eventually(lambda: [one["failure"] for one in attempts(till, NUMBER)] == ["lost", "lost", None])


def attempts(till: Till, number: str) -> list[dict[str, Any]]:
    """The attempts of a payment's only callback."""
    [callback] = till.look(number)["callbacks"]
    tried: list[dict[str, Any]] = callback["attempts"]
    return tried


def test_only_allowed_merchants_are_called(data: Path) -> None:
    """--notify-allow narrows loopback down; it cannot leave it."""
    options = Options(data, notify_allow=("127.0.0.1:8080",))
    with WeChatPaySandbox(options, lambda: START) as sandbox:
        till = Till(sandbox, Merchant(), "http://127.0.0.1:8080/notifications", [START])

        assert till.ask()[0] == 200
        answer = till.ask("other_01", notify_url="http://127.0.0.1:8081/notifications")

    assert refusal(answer) == (400, "PARAM_ERROR")
    with pytest.raises(ValueError, match="is not on loopback"):
        Options(data, notify_allow=("example.com:80",))
