"""A mini program with people, whom WeChat's local API can tell something, and a clock that can be moved."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest

from infra.local.wechat_api import WeChatApiSandbox, openid_of
from services.notify import app as notify
from services.notify.wechat import tables
from services.notify.wechat.notice import Notice
from services.shared.plumbing import clock, ids
from services.shared.plumbing.resources import Resources, physical
from tests.integration.http import Client, token_for
from tests.integration.notify.conftest import event, hear, paid
from tests.integration.wire import sqs_event

PAID = "orders.order_paid/buyer"
SCHEDULED = {
    "version": "0",
    "id": "id",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "000000000000",
    "time": "2026-01-01T00:00:00Z",
    "region": "local",
    "resources": [],
    "detail": {},
}


@dataclass
class Hands:
    """A clock that stands still until it is moved."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0))

    def __call__(self) -> datetime:
        return self.at

    def on(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def hands() -> Iterator[Hands]:
    """The services' clock, at noon in Beijing."""
    hands = Hands()
    clock.use(hands)
    yield hands
    clock.use(lambda: datetime.now(UTC))


class WeChat:
    """WeChat as a test sees it."""

    def __init__(self, sandbox: WeChatApiSandbox) -> None:
        self.app, self.url = sandbox.app, sandbox.url

    def person(self) -> str:
        """Somebody new who uses the mini program."""
        return f"{self.app.appid}:{openid_of(self.app, ids.new_id('code'))}"

    def play(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.url}/sandbox/{path}", data, method=method), timeout=30) as answer:
            return json.load(answer)

    def will_answer(self, errcode: int, times: int = 1, *, after_telling: bool = False) -> None:
        self.play("POST", "answers", {"errcode": errcode, "times": times, "after_telling": after_telling})

    def told(self, person: str) -> list[dict[str, Any]]:
        openid = person.partition(":")[2]
        return [one for one in self.play("GET", "messages")["messages"] if one["touser"] == openid]

    def calls(self, path: str) -> int:
        return int(self.play("GET", "calls").get(f"/cgi-bin/{path}", 0))


@pytest.fixture
def wechat(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    queues: Callable[[str | Resources], dict[str, str]],
    hands: Hands,
) -> Iterator[WeChat]:
    """WeChat with one template, that of a payment."""
    queues("notify")
    with WeChatApiSandbox(tmp_path_factory.mktemp("data")) as sandbox:
        monkeypatch.setenv("WECHAT_API_URL", sandbox.url)
        monkeypatch.setenv("WECHAT_APPID", sandbox.app.appid)
        monkeypatch.setenv("WECHAT_APP_SECRET", sandbox.app.secret)
        assert bind().status == 200
        yield WeChat(sandbox)


def platform() -> Client:
    """Who runs the mini program."""
    return Client(notify.app, token_for("ops", platform=True))


def bind(**changes: Any) -> Any:
    """Name the WeChat template of a payment."""
    fields = {"thing1": "{goods:goods}", "amount2": "{paid_fen:money}", "thing3": "{shop:shop}"}
    return platform().put(
        "/v1/wechat-templates", {"template": PAID, "template_id": "tmpl_paid", "fields": fields} | changes
    )


def pay(person: str, shop: str, **what: Any) -> None:
    """Something that this person is told."""
    hear(event(paid(person, shop, **what)))


def sweep() -> dict[str, int]:
    """The schedule."""
    done: dict[str, int] = notify.sweep_notices(SCHEDULED, None)
    return done


def bring(*bodies: str) -> dict[str, Any]:
    """The function that hints call."""
    answer: dict[str, Any] = notify.notices(sqs_event(*bodies), None)
    return answer


def taken(queue: str) -> list[str]:
    """The bodies of what lies in a queue, which is empty after it."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=physical(queue))["QueueUrl"]
    bodies: list[str] = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for one in found:
            bodies.append(str(one["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return bodies


def notice_of(person: str) -> Notice:
    """The one notice of a person."""
    [row] = tables.WechatRow.query(f"PERSON#{person}", consistent_read=True)
    notice = tables.situation_of("", person, row.sk).notice
    assert notice is not None
    return notice
