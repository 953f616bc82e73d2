"""The event doors every service has: publish its outbox, consume its queue, tend to what was left over.

Chalice names a function after the module attribute that holds it, so ``app.py`` binds them by the same names::

    publish = triggers.publisher(app)
    consume = triggers.consumer(app, reactions)
    tend = triggers.tender(app, reactions)

``reactions`` is a function: what reacts is loaded by who hears events, and costs nobody else's cold start.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalice.app import CloudWatchEvent, DynamoDBEvent, SQSEvent

from services.shared.plumbing import clock, history, ids, inbox, outbox
from services.shared.plumbing.aws import client
from services.shared.plumbing.doors import Service
from services.shared.plumbing.inbox import Reaction
from services.shared.plumbing.logs import log
from services.shared.plumbing.names import physical, stream_arn
from services.shared.plumbing.tables import Store

if TYPE_CHECKING:
    from services.shared.plumbing import jobs

Reactions = Mapping[str, Reaction]  # by event name


def publisher(app: Service) -> Callable[..., Any]:
    """From the outbox's stream to every consumer's queue."""

    def publish(event: DynamoDBEvent) -> dict[str, Any]:
        return outbox.publish(app.store, event.to_dict(), clock.now())

    return app.on_dynamodb_record(  # type: ignore[no-any-return]
        stream_arn=stream_arn(f"{app.service}-outbox"), batch_size=100, starting_position="TRIM_HORIZON", name="publish"
    )(publish)


def consumer(app: Service, reactions: Callable[[], Reactions]) -> Callable[..., Any]:
    """From the service's queue to its reactions, by event name."""

    def consume(event: SQSEvent) -> dict[str, Any]:
        return inbox.consume(app.store, reactions(), event.to_dict(), clock.now, ids.new_id)

    return app.on_sqs_message(  # type: ignore[no-any-return]
        queue=physical(f"{app.service}-events"), batch_size=10, name="consume"
    )(consume)


def tender(app: Service, reactions: Callable[[], Reactions], **more: Callable[[], int]) -> Callable[..., Any]:
    """Every minute: parked letters, facts that came too early, jobs that stalled; and ``more`` of this service, by
    name. Each part says how many it has done; what fails holds up no other."""

    def waiting() -> int:
        history.note_hearing(app.store, clock.now())
        return inbox.retry_waiting(app.store, reactions(), clock.now, ids.new_id, lambda body: bury(app, body))

    def stalled() -> int:
        from services.shared.plumbing import jobs  # here and below: who serves requests does not need it

        return jobs.restart_stalled(app.store, clock.now(), ids.new_id)

    parts: dict[str, Callable[[], int]] = {
        "parked": lambda: outbox.retry_parked(app.store),
        "waiting": waiting,
        "stalled": stalled,
    }
    parts |= more

    def tend(_: CloudWatchEvent) -> dict[str, int]:
        done: dict[str, int] = {}
        failures: list[Exception] = []
        for name, part in parts.items():
            try:
                done[name] = part()
            except Exception as error:  # noqa: BLE001 - raised below, when the others had their turn
                failures.append(error)
        if any(done.values()):
            log(app.service, "tended", counts=done)
        if failures:
            raise ExceptionGroup("some parts failed", failures)
        return done

    return app.schedule("rate(1 minute)", name="tend")(tend)  # type: ignore[no-any-return]


def bury(app: Service, body: str) -> None:
    """Put a message straight into the dead-letter queue, where it alarms and can be redriven."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=physical(f"{app.service}-events-dlq"))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=body)


def job_reaction(store: Store, kinds: Mapping[str, "jobs.Kind"]) -> dict[str, Reaction]:
    """The entry to add to a service's reactions when it has jobs."""
    from services.shared.contracts.plumbing import JobStepDue
    from services.shared.plumbing import jobs

    return {JobStepDue.NAME: jobs.reaction(store, kinds, clock.now, ids.new_id)}
