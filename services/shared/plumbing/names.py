"""What tables, queues and streams are called: ``{prefix}-{logical}``; the prefix is the stage's (``XIAODIAN_PREFIX``).

Apart from :mod:`resources`, which says what a service owns: every function needs names, and none needs that.
"""

import os

ACCOUNT = "000000000000"  # only a placeholder inside local ARNs: a deployment replaces them by references


def physical(logical: str) -> str:
    """The deployed name of a table, queue or function of this stage."""
    return f"{os.environ.get('XIAODIAN_PREFIX', 'xiaodian')}-{logical}"


def stream_arn(logical_table: str) -> str:
    """What a door names as its stream; the table's physical name is the part between the slashes."""
    region = os.environ.get("AWS_DEFAULT_REGION", "cn-north-1")
    return f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{physical(logical_table)}/stream/latest"


def table_of_stream(arn: str) -> str:
    """The physical table name inside a stream ARN."""
    return arn.split("/")[1]
