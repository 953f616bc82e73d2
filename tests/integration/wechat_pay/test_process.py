"""The sandbox as a process of its own: what it has taken in survives kill -9, and what it cannot do it says."""

import http.client
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.child import free_port
from infra.local.clock import LocalClock, write_offset
from infra.local.loopback import LoopbackServer
from infra.local.wechat_pay.keys import ensure_keys
from tests.integration.wechat_pay.till import NUMBER, Merchant, answered, client, eventually, tell

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    """`start(port, *options)` starts the sandbox on `data`; all are ended after the test."""
    started: list[subprocess.Popen[str]] = []

    def run(port: int, *options: str, module: str = "wechat_pay") -> subprocess.Popen[str]:
        command = [sys.executable, "-m", f"infra.local.{module}", "--port", str(port), "--data", str(data), *options]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def is_up(port: int) -> bool:
    """Whether it answers, whatever it answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()


def test_kill_9_loses_nothing(start: Start, data: Path) -> None:
    """A payment, its undelivered callback and an unfinished refund are taken up by the next process."""
    port, merchant_port = free_port(), free_port()
    url, sdk = f"http://127.0.0.1:{port}", client(f"http://127.0.0.1:{port}", ensure_keys(data))
    notify_url = f"http://127.0.0.1:{merchant_port}/notifications"
    first = start(port, "--refund-delay", "3600", "--callback-speed", "10")
    assert eventually(lambda: is_up(port))
    sdk.pay(description="tea", out_trade_no=NUMBER, amount={"total": 1000}, notify_url=notify_url)
    paid = tell(f"{url}/sandbox/payments/{NUMBER}", {"action": "pay"})
    assert eventually(lambda: len(tell(f"{url}/sandbox/payments/{NUMBER}")["callbacks"][0]["attempts"]) == 1)
    refund = {
        "out_refund_no": "refund_1",
        "out_trade_no": NUMBER,
        "amount": {"refund": 1000, "total": 1000, "currency": "CNY"},
        "notify_url": notify_url,
    }
    asked = answered(sdk.refund(**refund))[1]

    first.kill()
    first.wait()
    merchant = Merchant()
    with LoopbackServer(merchant, merchant_port):
        start(port)
        assert eventually(lambda: is_up(port))
        assert eventually(lambda: len(merchant.received) == 1)

    event = merchant.opened(sdk)
    assert (event["event_type"], event["resource"]["transaction_id"]) == ("TRANSACTION.SUCCESS", paid["transaction_id"])
    assert asked["status"] == "PROCESSING"
    assert answered(sdk.query_refund("refund_1"))[1] == asked
    assert answered(sdk.refund(**refund))[1] == asked


def test_an_unfinished_refund_is_finished(start: Start, data: Path) -> None:
    """Killed before it was due, the refund ends in the next process."""
    port = free_port()
    url, sdk = f"http://127.0.0.1:{port}", client(f"http://127.0.0.1:{port}", ensure_keys(data))
    first = start(port, "--refund-delay", "0.5")
    assert eventually(lambda: is_up(port))
    sdk.pay(description="tea", out_trade_no=NUMBER, amount={"total": 1000}, notify_url="http://127.0.0.1:1/")
    tell(f"{url}/sandbox/payments/{NUMBER}", {"action": "pay", "times": 0})
    sdk.refund(
        out_refund_no="refund_1",
        out_trade_no=NUMBER,
        amount={"refund": 1, "total": 1000, "currency": "CNY"},
        notify_url="http://127.0.0.1:1/",
    )
    first.kill()
    first.wait()

    start(port)

    assert eventually(lambda: is_up(port))
    assert eventually(lambda: bool(answered(sdk.query_refund("refund_1"))[1]["status"] == "SUCCESS"))


def test_the_clock_of_the_data_folder_counts(start: Start, data: Path) -> None:
    """Moving it while the sandbox runs makes a payment too late."""
    port = free_port()
    url, sdk = f"http://127.0.0.1:{port}", client(f"http://127.0.0.1:{port}", ensure_keys(data))
    start(port)
    assert eventually(lambda: is_up(port))
    from datetime import timedelta

    expires = (LocalClock(data)() + timedelta(minutes=30)).isoformat()
    sdk.pay(
        description="tea",
        out_trade_no=NUMBER,
        amount={"total": 1},
        notify_url="http://127.0.0.1:1/",
        time_expire=expires,
    )
    write_offset(data, timedelta(hours=25))

    with pytest.raises(Exception, match="HTTP Error 400"):
        tell(f"{url}/sandbox/payments/{NUMBER}", {"action": "pay"})


@pytest.mark.parametrize("module", ["wechat_pay", "wechat_api"])
def test_signals_end_it_in_order(start: Start, module: str) -> None:
    """SIGTERM: status 0."""
    port = free_port()
    process = start(port, module=module)
    assert eventually(lambda: is_up(port))

    process.send_signal(signal.SIGTERM)

    assert process.wait(30) == 0


@pytest.mark.parametrize("module", ["wechat_pay", "wechat_api"])
def test_a_taken_port_is_one_sentence(start: Start, module: str) -> None:
    """And a status that is not 0."""
    with LoopbackServer(Merchant()) as taken:
        port = int(taken.url.rpartition(":")[2])
        process = start(port, module=module)
        _, said = process.communicate(timeout=60)

    assert process.returncode == 1
    assert said.count("\n") == 1
    assert f"cannot start: port {port}: Address already in use" in said


def test_a_data_folder_that_cannot_be_is_one_sentence(start: Start, data: Path) -> None:
    """It names the folder: here a file stands in its place."""
    (data / "file").touch()
    process = start(0, "--data", str(data / "file"))

    assert f"wechat-pay cannot start: {data / 'file' / 'wechat-pay'}" in process.communicate(timeout=60)[1]
    assert process.returncode == 1


def test_a_damaged_key_or_state_is_one_sentence(start: Start, data: Path) -> None:
    """It names the file."""
    (data / "wechat-pay" / "state.sqlite").write_text("not a database, and long enough to be seen as none" * 20)
    process = start(0)
    assert "wechat-pay cannot start: file is not a database" in process.communicate(timeout=60)[1]
    assert process.returncode == 1
    (data / "wechat-pay" / "platform_private_key.pem").write_text("")

    process = start(0)

    said = process.communicate(timeout=60)[1]
    assert "platform_private_key.pem is damaged" in said
    assert process.returncode == 1
