"""The command line where no stack runs: help, tokens, the clock, reset, and errors in one sentence."""

import fcntl
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from infra.cli.keys import KEEPERS
from infra.cli.main import main
from infra.local import tokens
from infra.local.clock import read_offset
from infra.local.data_folder import SECRETS
from infra.local.dead_letters import FOLDER
from infra.local.services import resources_of
from infra.operate.ground import QUEUES, SERVICES
from services.shared.plumbing.auth import principal_of


def run(*arguments: str | Path, stdin: str | None = None) -> Result:
    """The command as a user types it."""
    return CliRunner().invoke(main, [str(one) for one in arguments], input=stdin)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder in which no stack runs, with an issuer."""
    tokens.issuer_key(tmp_path)
    (tmp_path / SECRETS).write_text("{}")
    return tmp_path


def commands(group: click.Group, *names: str) -> list[tuple[str, ...]]:
    """The words of every command that does something."""
    found = []
    for name, command in group.commands.items():
        path = (*names, name)
        found += commands(command, *path) if isinstance(command, click.Group) else [path]
    return found


@pytest.mark.parametrize("words", commands(main), ids=" ".join)
def test_every_command_shows_how_it_is_used(words: tuple[str, ...]) -> None:
    """Help has an example of the very command, and explains each option."""
    result = run(*words, "--help")

    assert result.exit_code == 0
    assert f"  xiaodian {' '.join(words)}" in result.output
    command: click.Command = main
    for word in words:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_commands_are_listed_as_a_newcomer_needs_them() -> None:
    """The first is the one to begin with."""
    assert list(main.commands)[:2] == ["up", "token"]
    assert "xiaodian up" in run("--help").output


# ------------------------------------------------------------------------------------------------------- tokens


def trusting(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    """Services that trust this folder's issuer."""
    monkeypatch.setenv("XIAODIAN_TOKEN_ISSUERS", json.dumps([tokens.issuer(data)]))


def test_token_names_a_person(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    """Only the token is printed, so that it can stand inside $(…)."""
    trusting(monkeypatch, data)

    result = run("token", "person:alice", "--data", data)

    principal = principal_of(f"Bearer {result.output.strip()}")
    assert principal is not None
    assert (principal.person, principal.platform) == ("person:alice", False)


def test_token_of_the_platform(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    """The platform's operator."""
    trusting(monkeypatch, data)

    principal = principal_of(f"Bearer {run('token', 'platform', '--data', data).output.strip()}")

    assert principal is not None
    assert principal.platform


@pytest.mark.parametrize("who", ["alice", "person:", "person: ", "shop:1", ""])
def test_token_for_nobody_is_refused(data: Path, who: str) -> None:
    """The error says what to write."""
    result = run("token", who, "--data", data)

    assert result.exit_code == 2
    assert "person:NAME" in result.output


@pytest.mark.parametrize("ttl", ["0s", "-1h", "soon"])
def test_token_lives_for_some_time(data: Path, ttl: str) -> None:
    """A token that is over before it begins helps nobody."""
    assert run("token", "person:alice", "--data", data, f"--ttl={ttl}").exit_code == 2


def test_token_without_an_issuer_says_what_to_do(tmp_path: Path) -> None:
    """No key is made here: a stack would not know it."""
    result = run("token", "person:alice", "--data", tmp_path)

    assert result.exit_code == 1
    assert "xiaodian up" in result.output
    assert list(tmp_path.iterdir()) == []


# -------------------------------------------------------------------------------------------------------- clock


def test_clock_moves_add_up_and_are_reset(data: Path) -> None:
    """+25h, then an hour back, then none."""
    assert run("clock", "+25h", "--data", data).exit_code == 0
    assert run("clock", "-1h", "--data", data).exit_code == 0

    assert read_offset(data) == timedelta(days=1)
    assert "1d from the machine's clock" in run("clock", "--data", data).output
    run("clock", "reset", "--data", data)
    assert read_offset(data) == timedelta()


def test_clock_tells_the_stacks_time(data: Path) -> None:
    """What is printed is the time after the move."""
    result = run("clock", "+2d", "--data", data)

    told = datetime.fromisoformat(result.output.partition(" UTC")[0] + "+00:00")
    assert abs(told - datetime.now(UTC) - timedelta(days=2)) < timedelta(minutes=1)


def test_clock_refuses_what_is_no_duration(data: Path) -> None:
    """Nothing is moved."""
    result = run("clock", "tomorrow", "--data", data)

    assert result.exit_code == 2
    assert "'tomorrow' is not a duration" in result.output
    assert read_offset(data) == timedelta()


# -------------------------------------------------------------------------------------------------------- reset


def test_reset_asks_first(data: Path) -> None:
    """No means no."""
    result = run("reset", "--data", data, stdin="n\n")

    assert result.exit_code == 1
    assert data.exists()


def test_reset_deletes_the_folder(data: Path) -> None:
    """After a yes, or with --yes."""
    result = run("reset", "--data", data, stdin="y\n")

    assert result.exit_code == 0
    assert not data.exists()
    assert run("reset", "--data", data, "--yes").exit_code == 0  # there is nothing left to delete


def test_reset_keeps_its_hands_off_other_folders(tmp_path: Path) -> None:
    """A folder that no stack has made may be somebody's home."""
    (tmp_path / "thesis.txt").write_text("")

    result = run("reset", "--data", tmp_path, "--yes")

    assert result.exit_code == 1
    assert "no data folder of ours" in result.output
    assert (tmp_path / "thesis.txt").exists()


def test_reset_deletes_only_what_a_stack_keeps(data: Path) -> None:
    """A stack may have been started in somebody's home: what else is there stays."""
    (data / "engine.db-wal").write_text("")
    (data / f".{SECRETS}.x7f2").write_text("")
    (data / "thesis.txt").write_text("")

    result = run("reset", "--data", data, "--yes")

    assert result.exit_code == 0
    assert "thesis.txt" in result.output
    assert [one.name for one in data.iterdir()] == ["thesis.txt"]


def test_reset_refuses_while_a_stack_runs(data: Path) -> None:
    """A running stack holds the folder's lock."""
    (data / "run.json").write_text(json.dumps({"url": "http://127.0.0.1:1", "ports": {}}))
    with (data / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        result = run("reset", "--data", data, "--yes")

    assert result.exit_code == 1
    assert "a stack is running" in result.output
    assert data.exists()


# ------------------------------------------------------------------------------------------------------- others


@pytest.mark.parametrize(
    "words",
    [
        ("demo",),
        ("events", "replay", "orders"),
        ("events", "resend", "--to", "gifts"),
        ("dlq", "redrive"),
        ("parked", "list"),
        ("parked", "send"),
    ],
    ids=" ".join,
)
def test_commands_that_need_a_stack_say_that_none_runs(data: Path, words: tuple[str, ...]) -> None:
    """One sentence, and an exit status."""
    result = run(*words, "--data", data)

    assert result.exit_code == 1
    assert result.output == f"Error: no stack runs in {data}; start one with: xiaodian up --data {data}\n"


@pytest.mark.parametrize("words", [("dlq", "list"), ("parked", "send"), ("events", "replay", "orders")], ids=" ".join)
def test_a_command_works_here_or_on_a_stage(data: Path, words: tuple[str, ...]) -> None:
    """Not on both, and not on a stage that cannot be."""
    both = run(*words, "--stage", "prod", "--data", data)
    neither = run(*words, "--stage", "PROD")

    assert (both.exit_code, neither.exit_code) == (2, 2)
    assert "--stage is a deployed environment" in both.output
    assert "“PROD” is no stage" in neither.output


def test_dead_letters_are_listed_without_what_they_say(data: Path) -> None:
    """Name, id and subject of the event; also a letter that is no event."""
    folder = data / FOLDER / "xiaodian-notify-events"
    folder.mkdir(parents=True)
    letter = {"id": "evt_1", "name": "orders.order_paid", "subject": "ord_1", "data": {"buyer": "person:alice"}}
    for number, body in enumerate([json.dumps(letter), "not json", '{"a": 1}']):
        kept = {"body": body, "attributes": {}, "died_at": "2026-11-22T00:00:00+00:00"}
        (folder / f"{number}.json").write_text(json.dumps(kept))

    result = run("dlq", "list", "--data", data)

    assert result.exit_code == 0
    assert "orders.order_paid" in result.output
    assert "ord_1" in result.output
    assert result.output.count("not an event") == 2
    assert "alice" not in result.output
    assert "3 dead letters; 0 events" in result.output


def test_dead_letters_of_every_queue_are_listed(data: Path) -> None:
    """Also of those that a service has beside its own: their alarms send an operator here."""
    owners = {queue.name: service for service in SERVICES for queue in resources_of(service).queues}
    for queue in owners:
        folder = data / FOLDER / f"xiaodian-{queue}"
        folder.mkdir(parents=True)
        kept = {"body": "{}", "attributes": {}, "died_at": "2026-11-22T00:00:00+00:00"}
        (folder / "1.json").write_text(json.dumps(kept))

    result = run("dlq", "list", "--data", data)

    assert {f"{reader}-events": service for reader, service in QUEUES.items()} == owners
    assert f"{len(owners)} dead letters;" in result.output


def test_import_of_an_empty_file_is_refused(data: Path, tmp_path: Path) -> None:
    """Before anything is asked of a stack."""
    (tmp_path / "empty.csv").touch()

    result = run("import", tmp_path / "empty.csv", "--shop", "shp_1", "--format", "native", "--data", data)

    assert result.exit_code == 1
    assert "is empty" in result.output


def test_invoices_of_another_layout_are_refused(data: Path, tmp_path: Path) -> None:
    """Before anything is asked of a stack."""
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")

    result = run("invoices", tmp_path / "other.csv", "--data", data)

    assert result.exit_code == 1
    assert result.output.startswith("Error: not the Online Retail layout: no column invoiceno")


@pytest.mark.parametrize("said", [("title",), ("=名称",), ("title=",), ("title=名", "title=称")], ids=" ".join)
def test_a_column_that_says_nothing_is_refused_before_anything_is_uploaded(
    tmp_path: Path, said: tuple[str, ...]
) -> None:
    """M6: what a column is, and what the header calls it, once each."""
    sheet = tmp_path / "export.csv"
    sheet.write_text("编码,名称,售价\n", encoding="utf-8")
    columns = [f"--column={one}" for one in said]

    result = run(
        "migrate", "ask", "--shop", "shp_1", "--source", "weimob", "--old-shop", "1", "--products", sheet, *columns
    )

    assert result.exit_code == 2
    assert "--column" in result.output


def test_a_place_that_cannot_be_written_is_named_in_one_sentence(data: Path) -> None:
    """Not by a trace of our own code: a folder of somebody else's, a full disk, a file where a folder should be."""
    (data / "file").touch()

    moved = run("clock", "+1h", "--data", data / "file" / "data")

    assert (moved.exit_code, moved.output) == (1, f"Error: {data / 'file' / 'data' / 'clock.json'}: Not a directory\n")


def test_the_keys_of_every_service_that_has_one_can_be_wrapped_anew() -> None:
    """Else its old service key could never go: what it has wrapped would be lost."""
    sealing = {one for one in SERVICES if f"XIAODIAN_{one.upper()}_SERVICE_KEY" in resources_of(one).secrets}

    assert set(KEEPERS) == sealing
