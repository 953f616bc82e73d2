"""What each function may do, and nothing else: a role of its own, with the actions and resources in full.

Who may do what follows from typed facts: a function's trigger, its service's tables, queues, files and secrets, and
whether it is one of the service's senders.
"""

from collections.abc import Iterator

from infra.package.stage import Stage
from infra.package.template.function import Function, Json
from infra.package.template.parameters import FILES_BUCKET, parameter_id
from services.shared.contracts.routes import CONSUMERS
from services.shared.plumbing.resources import Resources, Table

ITEM_ACTIONS = ("BatchGetItem", "ConditionCheckItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")


def role(function: Function, resources: Resources, stage: Stage) -> Json:
    """The function's role."""
    document = {"Version": "2012-10-17", "Statement": list(statements(function, resources, stage))}
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": trust,
            "Policies": [{"PolicyName": "function", "PolicyDocument": document}],
        },
    }


def statements(function: Function, resources: Resources, stage: Stage) -> Iterator[Json]:
    """What the function may do."""
    group = f"log-group:/aws/lambda/{stage.physical(f'{resources.service}-{function.name}')}"
    yield _allow("logs", ("CreateLogStream", "PutLogEvents"), _arn("logs", f"{group}:*"))
    if function.kind == "stream":
        yield from _publish(resources, stage)
    else:
        yield from _work(resources, stage)
    if function.kind in {"stream", "schedule"}:
        yield from _keep_failures()
    if function.name == "tend" and resources.uses_files:
        uploads = _bucket(parameter_id(FILES_BUCKET), f"/{resources.service}/uploads/*")
        yield _allow("s3", ("DeleteObject",), uploads)  # of what nobody reads any more
    if function.kind == "queue":
        own = [_queue(stage, queue.name) for queue in resources.queues]
        yield _allow("sqs", ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage"), *own)
    fed = [_queue(stage, queue.name) for queue in resources.queues if function.name in queue.fed_by]
    fed += [_queue(stage, queue.dead_letters) for queue in resources.queues if function.name in queue.buried_by]
    if fed:
        yield _allow("sqs", ("GetQueueUrl", "SendMessage"), *fed)
    if function.name in resources.senders:
        heard = [_queue(stage, f"{consumer}-events") for consumer in CONSUMERS]
        dead = [_queue(stage, queue.dead_letters) for queue in resources.queues]
        yield _allow("sqs", ("GetQueueUrl", "SendMessage"), *heard, *dead)


def _publish(resources: Resources, stage: Stage) -> Iterator[Json]:
    """From the outbox's stream, as the event source needs it; what no queue takes is parked."""
    for table in (table for table in resources.tables if table.stream):
        stream = _table(stage, table, "/stream/*")
        yield _allow("dynamodb", ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"), stream)
    parked = [_table(stage, table) for table in resources.tables if table.name.endswith("-plumbing")]
    yield _allow("dynamodb", ("PutItem",), *parked)


def _keep_failures() -> Iterator[Json]:
    """What Lambda gives up on it keeps in the failures bucket, as the function.

    It checks the right when the trigger is made, so the right is to the whole of a bucket that holds nothing else.
    """
    yield _allow("s3", ("PutObject",), _bucket("FailuresBucket", "/*"))
    yield _allow("s3", ("ListBucket",), _bucket("FailuresBucket"))
    yield _allow("kms", ("GenerateDataKey",), {"Ref": "KeyArn"})


def _work(resources: Resources, stage: Stage) -> Iterator[Json]:
    """The service's own tables, secrets and files."""
    yield _allow("dynamodb", ITEM_ACTIONS, *(_table(stage, table) for table in resources.tables))
    indexes = [_table(stage, table, f"/index/{one.name}") for table in resources.tables for one in table.indexes]
    if indexes:
        yield _allow("dynamodb", ("Query",), *indexes)
    if resources.secrets:
        yield _allow("ssm", ("GetParameter",), *(_secret(stage, name) for name in resources.secrets))
        yield _allow("kms", ("Decrypt",), {"Ref": "KeyArn"})
    if resources.uses_files:
        bucket = parameter_id(FILES_BUCKET)
        yield _allow("s3", ("GetObject", "PutObject"), _bucket(bucket, f"/{resources.service}/*"))
        yield _allow("s3", ("ListBucket",), _bucket(bucket))  # without it a missing file looks like a forbidden one
        yield _allow("kms", ("Decrypt", "GenerateDataKey"), {"Ref": "KeyArn"})


def _allow(service: str, actions: tuple[str, ...], *resources: Json) -> Json:
    return {"Effect": "Allow", "Action": [f"{service}:{action}" for action in actions], "Resource": list(resources)}


def _arn(service: str, resource: str) -> Json:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"}


def _table(stage: Stage, table: Table, part: str = "") -> Json:
    return _arn("dynamodb", f"table/{stage.physical(table.name)}{part}")


def _queue(stage: Stage, logical: str) -> Json:
    return _arn("sqs", stage.physical(logical))


def _secret(stage: Stage, name: str) -> Json:
    return _arn("ssm", f"parameter{stage.parameter(name)}")


def _bucket(parameter: str, part: str = "") -> Json:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::${{{parameter}}}{part}"}
