"""A release replaces another while people use it, and goes back; one bad message stops no other."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from infra.package.archive import pack, unpack
from tests.e2e.deployed.account import STAGE, Account
from tests.e2e.market import eventually

pytestmark = pytest.mark.slow
SERVICE = "notify"
SECOND = "Notify, the second release"


@pytest.fixture
def notify(account: Account) -> Account:
    """The account with notify in it."""
    account.deployed(SERVICE)
    return account


def _title(account: Account) -> str:
    with urllib.request.urlopen(f"{account.door.url}/{SERVICE}/openapi.json", timeout=60) as answer:
        return str(json.load(answer)["info"]["title"])


def _second_release(build: Path, scratch: Path) -> None:
    """The package once more, of code that calls itself otherwise."""
    folder = build / SERVICE
    unpack(folder / "package.zip", scratch)
    source = scratch / "services" / SERVICE / "app.py"
    text = source.read_text(encoding="utf-8")
    first = text.partition('title="')[2].partition('"')[0]
    source.write_text(text.replace(first, SECOND), encoding="utf-8")
    for stale in source.parent.glob("__pycache__/app.*"):
        stale.unlink()
    old = (folder / "template.json").read_text(encoding="utf-8")
    before = old.partition(f'"{SERVICE}/')[2].partition(".zip")[0]
    (folder / "template.json").write_text(old.replace(before, pack(scratch, folder / "package.zip")), encoding="utf-8")


@contextmanager
def _traffic(url: str) -> Iterator[list[int]]:
    """Requests one after another, until the block ends; the list has each status."""
    statuses: list[int] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.2):
            with urllib.request.urlopen(url, timeout=60) as answer:  # raises what is not 2xx, and no status is added
                statuses.append(answer.status)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield statuses
    finally:
        over.set()
        thread.join()


def test_a_release_replaces_another_under_traffic_and_goes_back(notify: Account, tmp_path: Path) -> None:
    """Nobody's request fails meanwhile; tables and queues stay the ones they were."""
    first, born = _title(notify), _births(notify)
    _second_release(notify.build, tmp_path / "code")

    with _traffic(f"{notify.door.url}/{SERVICE}/health") as statuses:
        notify.deploy(SERVICE)
        assert _title(notify) == SECOND
        assert len(_releases(notify)) == 2
        notify.run("infra.deploy", SERVICE, "--stage", STAGE, "--poll", "0.2", "--rollback")
        assert _title(notify) == first
        count = len(statuses)
        eventually(lambda: len(statuses) > count, True)  # it still asks, so no request has failed

    assert set(statuses) == {200}
    assert len(_releases(notify)) == 1
    assert _births(notify) == born


def _releases(account: Account) -> list[str]:
    return account.run("infra.deploy", SERVICE, "--stage", STAGE, "--releases").split()


def _births(account: Account) -> dict[str, object]:
    tables = account.client("dynamodb")
    names = (f"xiaodian-{STAGE}-{SERVICE}{part}" for part in ("", "-plumbing", "-outbox"))
    return {name: tables.describe_table(TableName=name)["Table"]["CreationDateTime"] for name in names}


def test_there_is_nothing_to_go_back_to(notify: Account) -> None:
    """It is said, and nothing is changed."""
    said = notify.run("infra.deploy", SERVICE, "--stage", STAGE, "--rollback", "000000000000", status=1)

    assert "has no release" in said


def test_what_the_parameter_store_lacks_is_said_before_anything_is_changed(notify: Account) -> None:
    """With the command that puts it there."""
    path, store = f"/xiaodian/{STAGE}/XIAODIAN_TOKEN_ISSUERS", notify.client("ssm")
    value = store.get_parameter(Name=path)["Parameter"]["Value"]
    store.delete_parameter(Name=path)
    try:
        said = notify.deploy(SERVICE, status=1)
    finally:
        store.put_parameter(Name=path, Value=value, Type="String")

    assert f"aws ssm put-parameter --name {path} --type String" in said


def test_a_poison_message_becomes_a_dead_letter_and_is_redriven(notify: Account) -> None:
    """After its five tries; redriven it is tried again, and being poison still it comes back."""
    queues = notify.client("sqs")
    live, dead = (
        queues.get_queue_url(QueueName=f"xiaodian-{STAGE}-{SERVICE}-events{part}")["QueueUrl"] for part in ("", "-dlq")
    )
    queues.set_queue_attributes(QueueUrl=live, Attributes=_as_declared(notify, queues, dead))

    queues.send_message(QueueUrl=live, MessageBody="poison")

    eventually(lambda: _waiting(queues, dead), 1)
    _redrive(queues, dead, live)
    eventually(lambda: _waiting(queues, dead), 1)


def _as_declared(account: Account, queues: Any, dead: str) -> dict[str, str]:
    """The redrive policy that the template declares and the emulator's CloudFormation leaves out.

    The visibility is a second: with the declared one it would take a quarter of an hour.
    """
    template = json.loads((account.build / SERVICE / "template.json").read_text(encoding="utf-8"))
    declared = template["Resources"]["NotifyEventsQueue"]["Properties"]["RedrivePolicy"]
    asked = queues.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    policy = declared | {"deadLetterTargetArn": asked["Attributes"]["QueueArn"]}
    return {"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(policy)}


def _redrive(queues: Any, dead: str, live: str) -> None:
    """What StartMessageMoveTask does, which the emulator does not know."""
    (message,) = queues.receive_message(QueueUrl=dead, WaitTimeSeconds=5)["Messages"]
    queues.send_message(QueueUrl=live, MessageBody=message["Body"])
    queues.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
    assert _waiting(queues, dead) == 0


def _waiting(queues: Any, url: str) -> int:
    asked = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(asked["Attributes"]["ApproximateNumberOfMessages"])
