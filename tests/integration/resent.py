"""What ``xiaodian events resend`` does, in this process: a service says everything again, and one consumer hears it."""

from importlib import import_module
from types import ModuleType
from typing import Any

from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import clock, history
from services.shared.plumbing.ids import new_id
from tests.integration.wire import sqs_event


def remember(*services: ModuleType) -> None:
    """Their publishers have kept what they have said until now."""
    for module in services:
        for row in module.app.store.outbox.scan(consistent_read=True):
            history.keep(module.app.store, row)


def told(owner: ModuleType, consumer: ModuleType) -> int:
    """Have the consumer told all that it hears of the owner; returns how many events that were."""
    said = list(saying(owner, consumer.app.service))
    for envelope in said:
        answer = consumer.consume(sqs_event(envelope.model_dump_json()), None)
        assert answer == {"batchItemFailures": []}, envelope
    return len(said)


def saying(owner: ModuleType, to: str) -> list[Envelope]:
    """What the owner says again to this consumer."""
    module: Any = import_module(f"services.{owner.app.service}.resend")
    return list(module.resend(to, now=clock.now(), new_id=new_id))


def forget(consumer: ModuleType, *tables: Any) -> None:
    """Drop everything that the consumer has stored in its own tables and in the plumbing's."""
    for table in (consumer.app.store.row, *tables):
        with table.batch_write() as batch:
            for row in table.scan(consistent_read=True):
                batch.delete(row)
