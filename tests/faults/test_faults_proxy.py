"""Each fault is what DynamoDB does, as real clients see it."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError
from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from infra.faults import Fault, FaultsProxy
from infra.local.child import free_port
from infra.local.engine import Engine, start_engine
from services.shared.plumbing.resources import physical
from tests.faults.items import add_in_transaction, fresh_keys, update, value

FAULTY, OTHER = physical("faulty"), physical("other")


@pytest.fixture
def truth(engine: Engine) -> Any:
    """A client straight to the engine."""
    return boto3.client("dynamodb", endpoint_url=engine.url)


def codes(error: ClientError) -> list[str]:
    """The codes of a cancelled transaction's reasons, in order."""
    assert error.response["Error"]["Code"] == "TransactionCanceledException"
    response: Any = error.response
    return [reason["Code"] for reason in response["CancellationReasons"]]


def test_it_is_harmless_until_planned(once: Any, proxy: FaultsProxy) -> None:
    """It forwards, and tells the calls in order with the tables they touched."""
    (key,) = fresh_keys()

    add_in_transaction(once, key)
    once.batch_get_item(RequestItems={OTHER: {"Keys": [key]}, FAULTY: {"Keys": [key]}})

    assert value(once, key) == 1
    assert [(call.number, call.operation, set(call.tables)) for call in proxy.calls] == [
        (1, "TransactWriteItems", {FAULTY}),
        (2, "BatchGetItem", {FAULTY, OTHER}),
        (3, "GetItem", {FAULTY}),
    ]
    assert not proxy.fired


# ------------------------------------------------------------------------------------------------------ conflict


def test_a_conflict_cancels_for_one_item_and_writes_nothing(once: Any, proxy: FaultsProxy, truth: Any) -> None:
    """As many reasons as items, in their order; any item may be the one."""
    keys = fresh_keys(4)
    proxy.plan(Fault("conflict"))

    seen = set()
    for _ in range(40):
        with pytest.raises(ClientError) as refused:
            add_in_transaction(once, *keys)
        assert sorted(codes(refused.value)) == ["None", "None", "None", "TransactionConflict"]
        seen.add(codes(refused.value).index("TransactionConflict"))

    assert seen == {0, 1, 2, 3}
    assert [value(truth, key) for key in keys] == [0, 0, 0, 0]
    assert proxy.fired["conflict"] == 40


def test_a_conflict_about_a_table_is_about_its_items(once: Any, proxy: FaultsProxy) -> None:
    """A test can say whose item is in dispute."""
    first, second, third = fresh_keys(3)
    proxy.plan(Fault("conflict", tables={OTHER}))
    actions = [{"Update": update(first)}, {"Update": update(second, "other")}, {"Update": update(third)}]

    for _ in range(10):
        with pytest.raises(ClientError) as refused:
            once.transact_write_items(TransactItems=actions)
        assert codes(refused.value) == ["None", "TransactionConflict", "None"]

    add_in_transaction(once, first)


def test_reading_in_a_transaction_conflicts_too(once: Any, proxy: FaultsProxy) -> None:
    """A snapshot is refused while an item is being written."""
    proxy.plan(Fault("conflict"))

    with pytest.raises(ClientError) as refused:
        once.transact_get_items(TransactItems=[{"Get": {"TableName": FAULTY, "Key": key}} for key in fresh_keys(2)])

    assert sorted(codes(refused.value)) == ["None", "TransactionConflict"]


@pytest.mark.parametrize("write", ["put_item", "update_item", "delete_item"])
def test_a_single_write_conflicts(once: Any, proxy: FaultsProxy, write: str) -> None:
    """With an error of its own, which botocore does not repeat."""
    (key,) = fresh_keys()
    parameters = {
        "put_item": {"TableName": FAULTY, "Item": key},
        "update_item": update(key),
        "delete_item": {"TableName": FAULTY, "Key": key},
    }
    proxy.plan(Fault("conflict"))

    with pytest.raises(once.exceptions.TransactionConflictException):
        getattr(once, write)(**parameters[write])


class Faulty(Model):
    """The same table, through PynamoDB."""

    class Meta:
        table_name = FAULTY
        region = "cn-north-1"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


@pytest.mark.usefixtures("once")
def test_pynamodb_reads_the_reasons(proxy: FaultsProxy) -> None:
    """Where PynamoDB has put the item, there is its reason; the others have none."""
    proxy.plan(Fault("conflict"))

    write = TransactWrite(connection=Connection("cn-north-1"))
    for key in fresh_keys(3):
        write.save(Faulty(key["pk"]["S"], "-"))

    with pytest.raises(TransactWriteError) as refused:
        write._commit()

    reasons = [reason.code if reason else None for reason in refused.value.cancellation_reasons]
    assert Counter(reasons) == {"TransactionConflict": 1, None: 2}


def test_sixteen_threads_conflict_and_count_right(once: Any, proxy: FaultsProxy, truth: Any) -> None:
    """Refused is refused and done is done, under a hot item, delays and two kinds of refusal."""
    (hot,) = fresh_keys()
    proxy.plan(
        Fault("latency", probability=0.5, delay_s=(0, 0.005)),
        Fault("conflict", probability=0.3),
        Fault("throttle", probability=0.1),
    )

    def press(_: int) -> int:
        done = 0
        for _ in range(20):
            try:
                add_in_transaction(once, hot)
            except ClientError:
                continue
            done += 1
        return done

    with ThreadPoolExecutor(16) as threads:
        done = sum(threads.map(press, range(16)))

    assert proxy.fired["conflict"] > 0
    assert proxy.fired["throttle"] > 0
    assert done == 320 - proxy.fired["conflict"] - proxy.fired["throttle"]
    assert value(truth, hot) == done


def test_thirty_two_threads_each_get_their_own_answer(once: Any) -> None:
    """Answers do not get mixed up between connections."""
    keys = fresh_keys(32)
    for key in keys:
        once.put_item(TableName=FAULTY, Item=key)

    def read(key: Any) -> bool:
        return all(once.get_item(TableName=FAULTY, Key=key)["Item"] == key for _ in range(20))

    with ThreadPoolExecutor(32) as threads:
        assert all(threads.map(read, keys))


# ---------------------------------------------------------------------------------------- throttling and latency


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "ThrottlingException"])
def test_throttling_refuses_and_the_sdk_gets_through(
    once: Any, patient: Any, proxy: FaultsProxy, truth: Any, code: str
) -> None:
    """Twice, and no more than planned."""
    (key,) = fresh_keys()
    proxy.plan(Fault("throttle", code=code, times=3))

    with pytest.raises(ClientError, match=code):
        once.update_item(**update(key))
    patient.update_item(**update(key))

    assert value(truth, key) == 1
    assert proxy.fired["throttle"] == 3


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_throttled_item_cancels_its_transaction(patient: Any, proxy: FaultsProxy, code: str) -> None:
    """The SDK hands it to the caller, who must repeat it. Other calls are not concerned."""
    first, second = fresh_keys(2)
    proxy.plan(Fault("throttle", code=code))

    with pytest.raises(ClientError) as refused:
        add_in_transaction(patient, first, second)

    assert sorted(codes(refused.value)) == sorted(["None", code])
    assert len(proxy.calls) == 1
    patient.update_item(**update(first))


def test_latency_delays_and_does_the_call(once: Any, proxy: FaultsProxy) -> None:
    """Only the operations planned."""
    (key,) = fresh_keys()
    proxy.plan(Fault("latency", operations={"UpdateItem"}, delay_s=(0.2, 0.3)))

    start = time.monotonic()
    once.update_item(**update(key))

    assert time.monotonic() - start >= 0.2
    assert value(once, key) == 1
    assert proxy.fired["latency"] == 1


def test_a_client_that_waits_too_little_has_written(once: Any, proxy: FaultsProxy, truth: Any) -> None:
    """A timeout says nothing about the effect."""
    (key,) = fresh_keys()
    hasty = boto3.client("dynamodb", config=Config(read_timeout=0.05, retries={"total_max_attempts": 1}))
    proxy.plan(Fault("latency", delay_s=(0.2, 0.2)))

    with pytest.raises(BotoCoreError, match="timeout"):
        hasty.update_item(**update(key))

    deadline = time.monotonic() + 10
    while not value(truth, key) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert value(truth, key) == 1


# ----------------------------------------------------------------------------------- failures around the commit


def test_a_reset_before_the_commit_leaves_nothing(once: Any, proxy: FaultsProxy, truth: Any) -> None:
    """The engine never saw it."""
    (key,) = fresh_keys()
    proxy.plan(Fault("fail_before", how="reset"))

    with pytest.raises(ConnectionClosedError):
        add_in_transaction(once, key)

    assert value(truth, key) == 0


def test_an_error_before_the_commit_leaves_nothing(once: Any, proxy: FaultsProxy, truth: Any) -> None:
    """InternalServerError, 500."""
    (key,) = fresh_keys()
    proxy.plan(Fault("fail_before", how="error"))

    with pytest.raises(once.exceptions.InternalServerError) as failed:
        add_in_transaction(once, key)

    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert value(truth, key) == 0


def test_a_lost_answer_has_committed(once: Any, proxy: FaultsProxy, truth: Any) -> None:
    """The client sees the very same errors as when nothing has happened."""
    reset, error = fresh_keys(2)
    proxy.plan(Fault("lose_answer", how="reset", times=1), Fault("lose_answer", how="error"))

    with pytest.raises(ConnectionClosedError):
        add_in_transaction(once, reset)
    assert value(truth, reset) == 1

    with pytest.raises(once.exceptions.InternalServerError):
        add_in_transaction(once, error)
    assert value(truth, error) == 1


def test_a_transaction_sent_again_with_its_token_happens_once(once: Any, proxy: FaultsProxy, truth: Any) -> None:
    """ClientRequestToken; another token does it again."""
    (key,) = fresh_keys()
    proxy.plan(Fault("lose_answer", times=1))

    with pytest.raises(ConnectionClosedError):
        add_in_transaction(once, key, ClientRequestToken="one-and-the-same")
    add_in_transaction(once, key, ClientRequestToken="one-and-the-same")

    assert value(truth, key) == 1
    add_in_transaction(once, key, ClientRequestToken="another")
    assert value(truth, key) == 2


def test_the_sdk_repeats_a_transaction_safely_and_a_counter_not(patient: Any, proxy: FaultsProxy, truth: Any) -> None:
    """Why a counter moves only inside a transaction that also writes its cause."""
    safe, doubled = fresh_keys(2)
    proxy.plan(
        Fault("lose_answer", operations={"TransactWriteItems"}, times=1),
        Fault("lose_answer", operations={"UpdateItem"}, times=1),
    )

    add_in_transaction(patient, safe)
    patient.update_item(**update(doubled))

    assert [call.operation for call in proxy.calls] == ["TransactWriteItems"] * 2 + ["UpdateItem"] * 2
    assert value(truth, safe) == 1
    assert value(truth, doubled) == 2


# -------------------------------------------------------------------------------------------------------- batches


def test_a_batch_read_in_part_says_what_is_left(once: Any, proxy: FaultsProxy) -> None:
    """Some come, the rest as UnprocessedKeys with the same parameters; together all, none twice."""
    keys = fresh_keys(6)
    for key in keys:
        once.put_item(TableName=FAULTY, Item=key)
    proxy.plan(Fault("unprocessed"))

    for _ in range(20):
        answer = once.batch_get_item(RequestItems={FAULTY: {"Keys": keys, "ConsistentRead": True}})
        came, left = answer["Responses"][FAULTY], answer["UnprocessedKeys"][FAULTY]
        assert left["ConsistentRead"] is True
        assert came
        assert sorted(key["pk"]["S"] for key in came + left["Keys"]) == sorted(key["pk"]["S"] for key in keys)


def test_a_batch_written_in_part_says_what_is_left(once: Any, proxy: FaultsProxy, truth: Any) -> None:
    """What is not in UnprocessedItems is written, what is in it is not."""
    keys = fresh_keys(6)
    proxy.plan(Fault("unprocessed", times=1))

    answer = once.batch_write_item(RequestItems={FAULTY: [{"PutRequest": {"Item": key}} for key in keys]})

    left = [one["PutRequest"]["Item"] for one in answer["UnprocessedItems"][FAULTY]]
    there = [key for key in keys if "Item" in truth.get_item(TableName=FAULTY, Key=key)]
    assert 0 < len(left) < 6
    assert there == [key for key in keys if key not in left]


def test_a_batch_of_one_is_done(once: Any, proxy: FaultsProxy) -> None:
    """DynamoDB does at least one, or refuses it all."""
    (key,) = fresh_keys()
    proxy.plan(Fault("unprocessed"))

    answer = once.batch_write_item(RequestItems={FAULTY: [{"PutRequest": {"Item": key}}]})

    assert answer["UnprocessedItems"] == {}
    assert not proxy.fired


# ----------------------------------------------------------------------------------------------------- the plan


def outcomes(once: Any, proxy: FaultsProxy, seed: int, *, reads: int = 0) -> str:
    """Thirty writes under the same plan: which of them went wrong."""
    proxy.clear(seed)
    proxy.plan(Fault("latency", delay_s=(0, 0)), Fault("throttle", operations={"UpdateItem"}, probability=0.4))
    (key,) = fresh_keys()
    told = ""
    for _ in range(30):
        for _ in range(reads):
            value(once, key)
        try:
            once.update_item(**update(key))
        except ClientError:
            told += "x"
        else:
            told += "."
    return told


def test_the_seed_decides(once: Any, proxy: FaultsProxy) -> None:
    """The same calls meet the same faults, and calls that a fault does not concern shift nothing."""
    assert outcomes(once, proxy, 1) == outcomes(once, proxy, 1) == outcomes(once, proxy, 1, reads=2)
    assert len({outcomes(once, proxy, seed) for seed in range(5)}) == 5
    assert 5 <= sum(outcomes(once, proxy, seed).count("x") for seed in range(4)) / 4 <= 19


@pytest.mark.parametrize(
    "impossible",
    [
        {"kind": "conflict", "operations": {"GetItem"}},
        {"kind": "unprocessed", "operations": {"PutItem"}},
        {"kind": "throttle", "operations": {"PutItm"}},
        {"kind": "throttle", "code": "ThrottlingError", "operations": {"PutItem"}},
        {"kind": "throttle", "code": "TooBusy"},
    ],
)
def test_a_fault_that_can_never_happen_is_refused(impossible: Any) -> None:
    """A misspelt plan would make a test prove nothing."""
    with pytest.raises(ValueError, match=r"cannot befall|no throttling error"):
        Fault(**impossible)


# --------------------------------------------------------------------------------------------------- the server


def test_it_outlives_a_restart_of_the_engine(tmp_path: Path) -> None:
    """The clients' connections end with the engine's, and work again when it is back."""
    port = free_port()
    engine = start_engine(port, tmp_path / "engine.db")
    try:
        with FaultsProxy(engine.url, seed=Random(1).randrange(9)) as proxy:
            client = boto3.client("dynamodb", endpoint_url=proxy.url, config=Config(retries={"total_max_attempts": 1}))
            client.list_tables()
            engine.stop()
            with pytest.raises(ConnectionClosedError):
                client.list_tables()

            engine = start_engine(port, tmp_path / "engine.db")

            assert client.list_tables()["TableNames"] == []
    finally:
        engine.stop()


def test_closing_it_ends_every_thread(engine: Engine) -> None:
    """Idle connections too."""
    others = set(threading.enumerate())
    with FaultsProxy(engine.url, seed=0) as proxy:
        client = boto3.client("dynamodb", endpoint_url=proxy.url, config=Config(retries={"total_max_attempts": 1}))
        client.list_tables()
        its_own = set(threading.enumerate()) - others

    assert len(its_own) == 2  # the one that accepts, and the connection's
    assert not any(thread.is_alive() for thread in its_own)
    with pytest.raises(BotoCoreError):
        client.list_tables()
