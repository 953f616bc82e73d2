"""The stack with toy services: how it starts, works, survives and ends."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import httpx
import jwt
import pytest

from infra.local import tokens
from infra.local.child import CannotStart, free_port
from infra.local.clock import write_offset
from infra.local.data_folder import open_data_folder, running
from infra.local.dead_letters import _count, list_letters, redrive
from infra.local.services import SERVICES, made_secrets
from infra.local.supervisor import UpOptions, _withdraw
from tests.integration.local.stack import ToyStack, eventually, family, listening, living, name_of, toy_stack

PREFIX = "xiaodian"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToyStack]:
    """A stack that the tests of this module share; none of them ends it for good."""
    with toy_stack(tmp_path_factory.mktemp("stack") / "data") as running_stack:
        yield running_stack


def refused(data: Path, port: int, notes: Path | None = None) -> tuple[int, str]:
    """Exit status and output of a start that should fail."""
    stack = ToyStack(data, port, notes)
    assert not stack.is_ready
    return stack.end(), stack.output


def test_an_event_goes_from_a_write_to_another_services_function(stack: ToyStack) -> None:
    """HTTP, table, stream, queue, function, table: all with one command."""
    stack.write("orders", "hello")

    assert stack.heard("gifts", "hello")["heard_at"]


def test_every_address_is_told(stack: ToyStack) -> None:
    """GET /local names what runs, and each answers; the note in the data folder agrees."""
    local = stack.local()

    for name in ("engine_url", "queue_url", "wechat_pay_sandbox_url", "wechat_api_sandbox_url"):
        host, port = local[name].removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30):
            pass
    assert running(stack.data)["pid"] == stack.process.pid
    assert running(stack.data)["url"] == f"http://127.0.0.1:{stack.port}"
    for path in ("/", "/health", "/docs", "/docs/swagger-ui.css", "/catalog/health"):
        assert stack.http.get(path).status_code == 200


def test_everything_listens_on_loopback_only(stack: ToyStack) -> None:
    """No process of the stack is reachable from another machine."""
    addresses = listening(family(stack.process.pid))

    assert len({port for _, port in addresses}) == 5
    assert {host for host, _ in addresses} == {"127.0.0.1"}


def test_moving_the_clock_shows_within_moments(stack: ToyStack) -> None:
    """Schedules run at once, functions and the gateway see the new time, and a reset brings the old one back."""
    before = stack.heard("notify", "tick")["heard_at"]

    write_offset(stack.data, timedelta(hours=25))
    eventually(lambda: stack.note("notify", "tick")["heard_at"][:10] > before[:10])
    tomorrow = stack.note("notify", "tick")["heard_at"]
    stack.write("orders", "from tomorrow")
    assert stack.heard("gifts", "from tomorrow")["heard_at"][:10] > before[:10]
    assert stack.local()["clock"][:10] > before[:10]

    write_offset(stack.data, timedelta())
    eventually(lambda: before <= stack.note("notify", "tick")["heard_at"] < tomorrow)


def test_a_poisoned_message_waits_among_the_dead_letters(stack: ToyStack) -> None:
    """It stops nothing, is kept in the data folder, and can be redriven."""
    stack.write("orders", "poison-1")
    stack.write("orders", "healthy")

    assert stack.heard("gifts", "healthy")
    eventually(lambda: [one.body for one in list_letters(stack.data)] == ["poison-1"])
    sqs = boto3.client("sqs", endpoint_url=stack.local()["queue_url"])
    assert redrive(sqs, stack.data, f"{PREFIX}-gifts-events") == 1
    eventually(lambda: [one.body for one in list_letters(stack.data)] == ["poison-1"])


def test_a_runner_that_dies_is_forked_again(stack: ToyStack) -> None:
    """kill -9 of every service's process: what is written then is handled after all."""
    runners = stack.pids("runner-")
    assert sorted(name_of(pid) for pid in runners) == [f"runner-{service}" for service in sorted(SERVICES)]
    for pid in runners:
        os.kill(pid, signal.SIGKILL)

    stack.write("catalog", "after the death")

    assert stack.heard("orders", "after the death")
    assert not set(runners) & set(stack.pids("runner-"))


def test_a_host_that_dies_is_started_again(stack: ToyStack) -> None:
    """kill -9 of the process they are forked from takes gateway and runners along; the supervisor starts a new one."""
    forked = stack.pids("runner-") + stack.pids("gateway")
    assert len(forked) == 4 + 3
    os.kill(stack.running_module("infra.local.host"), signal.SIGKILL)

    def others() -> bool:
        found = stack.pids("runner-") + stack.pids("gateway")
        return len(found) == len(forked) and not set(found) & set(forked)

    eventually(lambda: others() and answering(stack), 60)
    assert "host has ended and is started again" in stack.output
    stack.write("gifts", "after all deaths")
    assert stack.heard("notify", "after all deaths")


@pytest.mark.parametrize("which", [0, 1])
def test_a_gateway_that_dies_is_started_again(stack: ToyStack, which: int) -> None:
    """The master or a worker."""
    victim = stack.pids("gateway")[which]
    os.kill(victim, signal.SIGKILL)

    eventually(lambda: victim not in stack.pids("gateway") and answering(stack))
    eventually(lambda: len(stack.pids("gateway")) == 3)


def answering(stack: ToyStack) -> bool:
    """Whether the gateway answers."""
    try:
        return stack.http.get("/health").status_code == 200
    except httpx.TransportError:
        return False


def test_a_queue_server_that_dies_is_started_again(stack: ToyStack) -> None:
    """Its queues are made again, at the same address, and dead letters are back in them."""
    url = stack.local()["queue_url"]
    runners = stack.pids("runner-")
    os.kill(stack.running_module("-m ministack"), signal.SIGKILL)
    eventually(lambda: "the queue server has ended" in stack.output)

    stack.write("notify", "after the queues")

    assert stack.heard("catalog", "after the queues")
    eventually(lambda: not set(runners) & set(stack.pids("runner-")))
    assert stack.local()["queue_url"] == url
    sqs = boto3.client("sqs", endpoint_url=url)
    dead = sqs.get_queue_url(QueueName=f"{PREFIX}-gifts-events-dlq")["QueueUrl"]
    eventually(lambda: _count(sqs, dead) == len(list_letters(stack.data)) == 1)


def test_a_second_stack_keeps_out_of_the_folder(stack: ToyStack) -> None:
    """One sentence that names the folder, and the first one goes on."""
    status, said = refused(stack.data, free_port())

    assert status == 1
    assert said.count("\n") == 1
    assert said.startswith("xiaodian: the data folder")
    assert f"in use by a running stack (process {stack.process.pid})" in said
    assert answering(stack)


def test_a_taken_port_is_said(stack: ToyStack, tmp_path: Path) -> None:
    """The sentence says what to do."""
    status, said = refused(tmp_path / "other", stack.port)

    assert (status, said) == (1, f"xiaodian: port {stack.port} is taken; choose another with --port N\n")


def test_tokens_are_signed_by_the_key_that_services_trust(stack: ToyStack) -> None:
    """A minted token verifies against the issuer setting, and only a platform token has the role."""
    issuer = tokens.issuer(stack.data)
    key = jwt.PyJWKSet.from_dict(issuer["jwks"]).keys[0]

    def claims(token: str) -> dict[str, object]:
        assert jwt.get_unverified_header(token)["kid"] == key.key_id
        read: dict[str, object] = jwt.decode(token, key.key, ["ES256"], audience="xiaodian", issuer=issuer["issuer"])
        return read

    assert claims(tokens.mint(stack.data, "person:alice"))["sub"] == "person:alice"
    assert "roles" not in claims(tokens.mint(stack.data, "person:alice"))
    assert claims(tokens.mint(stack.data, "platform", platform=True))["roles"] == ["platform"]
    with pytest.raises(jwt.ExpiredSignatureError):
        claims(tokens.mint(stack.data, "person:alice", ttl=timedelta(seconds=-1)))


def test_nothing_acknowledged_is_lost_when_everything_is_killed(tmp_path: Path) -> None:
    """kill -9 of the supervisor takes every process with it; started again, all writes and addresses are there."""
    stack = ToyStack(tmp_path / "data")
    assert stack.is_ready, stack.output
    addresses = stack.local()
    members = family(stack.process.pid)
    for number in range(30):
        stack.write("orders", f"note-{number}")

    stack.end(signal.SIGKILL)

    eventually(lambda: not living(members))
    with toy_stack(tmp_path / "data", stack.port) as again:
        kept = boto3.client("dynamodb", endpoint_url=again.local()["engine_url"])
        assert kept.scan(TableName=f"{PREFIX}-orders-outbox", Select="COUNT")["Count"] == 30
        assert {**again.local(), "clock": ""} == {**addresses, "clock": ""}
        again.write("orders", "later")
        assert again.heard("gifts", "later")


def test_without_its_engine_the_stack_ends(tmp_path: Path) -> None:
    """One sentence, exit status 1, and no process is left."""
    stack = ToyStack(tmp_path / "data")
    assert stack.is_ready, stack.output
    members = family(stack.process.pid)
    os.kill(stack.pids("dynoxide")[0], signal.SIGKILL)

    assert stack.process.wait(60) == 1
    assert "xiaodian: the engine has ended, so everything was stopped" in stack.output
    assert living(members) == []
    stack.http.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_every_child_soon(tmp_path: Path, number: int) -> None:
    """Ctrl-C and SIGTERM: exit status 0 within a few seconds, and no process is left."""
    stack = ToyStack(tmp_path / "data")
    assert stack.is_ready, stack.output
    members = family(stack.process.pid)
    started = time.monotonic()

    assert stack.end(number) == 0
    assert time.monotonic() - started < 20
    assert living(members) == []
    assert "Traceback" not in stack.output


def test_an_interrupt_while_starting_ends_what_has_started(tmp_path: Path) -> None:
    """Nothing is left behind when somebody changes their mind."""
    command = [sys.executable, "-m", "tests.integration.local.stack", str(tmp_path / "data"), str(free_port())]
    process = subprocess.Popen([*command, str(tmp_path / "ready")], stdout=subprocess.DEVNULL, start_new_session=True)
    eventually(lambda: len(family(process.pid)) > 4)
    members = family(process.pid)
    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 0
    eventually(lambda: not living(members))
    assert not (tmp_path / "ready").exists()


def test_a_ready_file_replaces_nothing_but_a_file(tmp_path: Path) -> None:
    """A device, a pipe or a folder of that name stays what it is."""
    pipe = tmp_path / "data.ready"
    os.mkfifo(pipe)
    options = UpOptions(tmp_path / "data", port=free_port(), ready_file=pipe)

    with pytest.raises(CannotStart, match="is not an ordinary file"):
        _withdraw(options.ready_file)

    assert pipe.is_fifo()


def test_a_ready_file_that_cannot_be_written_is_said_before_anything_starts(tmp_path: Path) -> None:
    """Not after all of it has started, when there is nobody left to hear that it is ready."""
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart, match=r"folder/ready cannot be the ready file: Not a directory"):
        _withdraw(tmp_path / "file" / "folder" / "ready")


@pytest.mark.parametrize("file", ["stack.json", "engine.db", "issuer.pem", "clock.json", "checkpoints/orders.sqlite"])
def test_a_damaged_data_folder_is_said(tmp_path: Path, file: str) -> None:
    """One sentence that names the file, and no process is left."""
    data = tmp_path / "data"
    (data / file).parent.mkdir(parents=True)
    (data / file).write_bytes(b"this is not what it should be " * 400)

    status, said = refused(data, free_port())

    assert status == 1
    assert said.startswith("xiaodian: ")
    assert str(data / file) in said
    assert "Traceback" not in said
    assert said.count("\n") == 1


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A file is in the way."""
    (tmp_path / "file").write_text("in the way")

    status, said = refused(tmp_path / "file" / "data", free_port(), tmp_path)

    assert status == 1
    assert said == f"xiaodian: the data folder {tmp_path / 'file' / 'data'} cannot be used: Not a directory\n"


def test_keys_are_the_owners_alone(stack: ToyStack) -> None:
    """What signs and seals can be read by nobody else on this machine."""
    for file in ("stack.json", "issuer.pem"):
        assert (stack.data / file).stat().st_mode & 0o077 == 0


def test_every_declared_secret_is_made_once(tmp_path: Path) -> None:
    """256 random bits each; a secret that a later version declares is added, and the others stay."""
    path = tmp_path / "data"
    with open_data_folder(path, {"XIAODIAN_A"}) as first:
        pass
    with open_data_folder(path, made_secrets("tests.integration.local.toys") | {"XIAODIAN_A"}) as second:
        pass

    assert second.secrets["XIAODIAN_A"] == first.secrets["XIAODIAN_A"]
    assert set(second.secrets) == {
        "XIAODIAN_A",
        "XIAODIAN_CURSOR_KEY",
        *(f"XIAODIAN_TRANSPORT_KEY_{service.upper()}" for service in SERVICES),
    }
    assert {len(base64.b64decode(value)) for value in second.secrets.values()} == {32}
    assert len(set(second.secrets.values())) == 6
    assert json.loads((path / "stack.json").read_text()) == second.secrets


def test_a_folder_is_new_until_a_stack_was_used_in_it(tmp_path: Path) -> None:
    """A first start that fails, on a taken port for instance, does not cost the demo shop."""
    with open_data_folder(tmp_path / "data", ()) as failed:
        assert failed.is_new
    with open_data_folder(tmp_path / "data", ()) as first:
        assert first.is_new
        first.mark_used()
    with open_data_folder(tmp_path / "data", ()) as second:
        assert not second.is_new
