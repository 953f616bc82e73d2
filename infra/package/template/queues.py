"""SQS queues, each with a dead-letter queue of its own."""

from collections.abc import Iterator

from infra.package.stage import Stage
from infra.package.template.function import Json
from infra.package.template.tables import logical_id
from services.shared.plumbing.resources import Queue, Resources

DAY_S = 86_400
DEAD_LETTERS_KEPT_DAYS = 14  # the most that SQS keeps


def queues(resources: Resources, stage: Stage) -> Iterator[tuple[str, Json]]:
    """Each queue and its dead-letter queue by their logical ids."""
    for queue in resources.queues:
        dead = logical_id(queue.dead_letters, "Queue")
        yield dead, _queue(stage.physical(queue.dead_letters), DEAD_LETTERS_KEPT_DAYS)
        yield logical_id(queue.name, "Queue"), _queue(stage.physical(queue.name), queue.retention_days, queue, dead)


def _queue(name: str, days: int, queue: Queue | None = None, dead: str = "") -> Json:
    properties: Json = {"QueueName": name, "MessageRetentionPeriod": days * DAY_S, "SqsManagedSseEnabled": True}
    if queue:
        redrive = {"deadLetterTargetArn": {"Fn::GetAtt": [dead, "Arn"]}, "maxReceiveCount": queue.max_receives}
        properties |= {"VisibilityTimeout": queue.visibility_s, "RedrivePolicy": redrive}
    return {
        "Type": "AWS::SQS::Queue",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": properties,
    }
