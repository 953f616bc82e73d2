"""How long and how often an event source tries, and where what it gives up on is kept."""

from infra.package.stage import Stage
from infra.package.template.function import Function, Json
from infra.package.template.tables import logical_id
from services.shared.plumbing.resources import Queue, Resources, Table, table_of_stream

# A record that fails ever again holds up its shard until then; what is given up on lies in the failures bucket whole.
STREAM_RETRIES = 100
STREAM_AGE_S = 86_400  # as long as the stream itself keeps it: a paused publisher loses nothing
# A schedule comes again by itself, so what it missed need not pile up; that it was missed is kept.
SCHEDULE_RETRIES = 1
SCHEDULE_AGE_S = 300
# S3 keeps a batch's records; a queue would keep only their sequence numbers.
FAILURES = {"Fn::Sub": "arn:${AWS::Partition}:s3:::${FailuresBucket}"}


def source(function: Function, resources: Resources, stage: Stage) -> Json:
    """What to add to the function's properties for the sake of its trigger."""
    if function.kind == "schedule":
        limits = {"MaximumRetryAttempts": SCHEDULE_RETRIES, "MaximumEventAgeInSeconds": SCHEDULE_AGE_S}
        kept = {"DestinationConfig": {"OnFailure": {"Type": "S3Bucket", "Destination": FAILURES}}}
        return {"EventInvokeConfig": limits | kept}
    if function.kind == "stream":
        return _event(function, _stream(table_of(function, resources, stage)))
    if function.kind == "queue":
        return _event(function, _queue(queue_of(function, resources, stage)))
    return {}


def table_of(function: Function, resources: Resources, stage: Stage) -> Table:
    """The table whose stream triggers the function. Raises StopIteration when the service has no such table."""
    name = table_of_stream((function.source or {})["Stream"])
    return next(table for table in resources.tables if stage.physical(table.name) == name)


def queue_of(function: Function, resources: Resources, stage: Stage) -> Queue:
    """The queue that triggers the function. Raises StopIteration when the service has no such queue."""
    name = (function.source or {})["Queue"]["Fn::Sub"].rpartition(":")[2]
    return next(queue for queue in resources.queues if stage.physical(queue.name) == name)


def _event(function: Function, properties: Json) -> Json:
    return {"Events": {function.source_id: {"Properties": properties}}}


def _stream(table: Table) -> Json:
    return {
        "Stream": {"Fn::GetAtt": [logical_id(table.name, "Table"), "StreamArn"]},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": STREAM_RETRIES,
        "MaximumRecordAgeInSeconds": STREAM_AGE_S,
        "DestinationConfig": {"OnFailure": {"Destination": FAILURES}},
    }


def _queue(queue: Queue) -> Json:
    return {
        "Queue": {"Fn::GetAtt": [logical_id(queue.name, "Queue"), "Arn"]},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": queue.max_concurrency},
    }
