"""Where events are on their way, counted from the engine's and the queue server's own tables."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from infra.invoices.deliveries import Deliveries, Tally
from infra.local.checkpoints import Checkpoints
from infra.local.durable import write_json
from infra.local.services import SERVICES
from infra.local.streams_api import StreamsApi
from services.shared.contracts.catalog import ShopOpened
from services.shared.plumbing import outbox
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.resources import Queue, Resources, physical, plumbing_tables
from services.shared.plumbing.tables import Once, Store, Transaction

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def stores(
    monkeypatch: pytest.MonkeyPatch,
    tables: Callable[[str | Resources], Resources],
    queues: Callable[[str | Resources], dict[str, str]],
) -> dict[str, Store]:
    """The plumbing of all four services, on tables and queues that no other test has."""
    monkeypatch.setenv("XIAODIAN_PREFIX", new_id("deliveries").lower().replace("_", "-"))
    for service in SERVICES:
        resources = Resources(service, plumbing_tables(service), (Queue(f"{service}-events"),))
        tables(resources)
        queues(resources)
    return {service: Store(service) for service in SERVICES}


@pytest.fixture
def deliveries(stores: dict[str, Store], tmp_path: Path) -> Iterator[Deliveries]:
    """Of a stack whose runner has read nothing yet."""
    with closing(Deliveries(tmp_path)) as found:
        yield found


def emitted(store: Store, shop: str = "shp_1") -> str:
    """An event that notify should hear; its id."""
    tx = Transaction(store, NOW, new_id)
    event = tx.emit(ShopOpened(shop_id=shop, name="n", owner="o"), subject=shop, sequence=1, shop=shop)
    tx.commit()
    return event


def runner_reads_on(data: Path) -> None:
    """The runner has published everything there is in catalog's stream."""
    with closing(StreamsApi()) as streams, closing(Checkpoints(data / "checkpoints" / "catalog.sqlite")) as checkpoints:
        for stream, shard in streams.shards(physical("catalog-outbox")):
            start = streams.call("GetShardIterator", StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
            records = streams.call("GetRecords", ShardIterator=start["ShardIterator"])["Records"]
            checkpoints.put(stream, shard, records[-1]["dynamodb"]["SequenceNumber"])


def test_an_event_is_committed_then_published_then_consumed(
    deliveries: Deliveries, stores: dict[str, Store], tmp_path: Path
) -> None:
    """By its row, the stream's checkpoint, and its consumer's mark."""
    event = emitted(stores["catalog"])
    assert deliveries.count("shp_1")[0] == Tally(committed=1, published=0, consumed=0)

    runner_reads_on(tmp_path)
    assert deliveries.count("shp_1")[0] == Tally(committed=1, published=1, consumed=0)

    Transaction(stores["notify"], NOW, new_id, Once(f"IN#{event}", Store.MARKS_KEPT)).commit()
    assert deliveries.count("shp_1")[0] == Tally(committed=1, published=1, consumed=1)


def test_another_shops_events_count_for_all_only(deliveries: Deliveries, stores: dict[str, Store]) -> None:
    """A shop's figures are its own."""
    emitted(stores["catalog"], "shp_1")
    emitted(stores["catalog"], "shp_2")

    of_shop, of_all = deliveries.count("shp_1")

    assert (of_shop.committed, of_all.committed) == (1, 2)


def test_a_parked_event_is_not_published(deliveries: Deliveries, stores: dict[str, Store], tmp_path: Path) -> None:
    """The stream is past it, its queue is not."""
    event = emitted(stores["catalog"])
    runner_reads_on(tmp_path)

    outbox.park(stores["catalog"], "notify", outbox.Letter(event, "{}"), NOW)

    assert deliveries.count("shp_1")[0] == Tally(committed=1, published=0, consumed=0)


def test_an_event_that_was_given_up_is_not_published(
    deliveries: Deliveries, stores: dict[str, Store], tmp_path: Path
) -> None:
    """The stream is past it because it was put aside."""
    emitted(stores["catalog"])
    with closing(StreamsApi()) as streams:
        ((stream, shard),) = streams.shards(physical("catalog-outbox"))
        start = streams.call("GetShardIterator", StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        (record,) = streams.call("GetRecords", ShardIterator=start["ShardIterator"])["Records"]
    runner_reads_on(tmp_path)

    write_json(tmp_path / "failed" / f"{physical('catalog-outbox')}-1.json", {"record": record})

    assert deliveries.count("shp_1")[0] == Tally(committed=1, published=0, consumed=0)


def test_what_is_in_streams_and_queues_is_on_its_way(
    deliveries: Deliveries, stores: dict[str, Store], tmp_path: Path
) -> None:
    """An unread row, then a letter in a queue, then nothing."""
    emitted(stores["catalog"])
    assert deliveries.on_their_way(NOW) == 1

    runner_reads_on(tmp_path)
    assert deliveries.on_their_way(NOW) == 0

    assert outbox.send("catalog", "notify", [outbox.Letter("evt_1", "{}")]) == []
    assert deliveries.on_their_way(NOW) == 1
    sqs = boto3.client("sqs")
    sqs.purge_queue(QueueUrl=outbox.queue_url("notify"))
    assert deliveries.on_their_way(NOW) == 0
