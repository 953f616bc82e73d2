"""The engine's DynamoDB Streams, spoken as plain JSON: what a function's event holds is what the wire holds.

Not botocore: an empty poll costs it 1.2 ms CPU, ten times this, and a runner polls ten times a second; and its model
refuses the engine's short shard ids.
"""

import http.client
import json
import os
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 10
# The engine wants to see a signature and checks none.
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request,"
    " SignedHeaders=host;x-amz-date;x-amz-target, Signature=0"
)


class StreamsRefused(Exception):
    """The engine answered with an error."""


class StreamsApi:
    """One connection to the engine, by default to AWS_ENDPOINT_URL_DYNAMODB_STREAMS. Not to be shared by threads."""

    def __init__(self, url: str | None = None) -> None:
        address = urlsplit(url or os.environ["AWS_ENDPOINT_URL_DYNAMODB_STREAMS"])
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_S)

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """One operation, with AWS's own names. Raises StreamsRefused, OSError or HTTPException."""
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDBStreams_20120810.{operation}",
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": SIGNED,
        }
        try:
            self._connection.request("POST", "/", json.dumps(parameters), headers)
            response = self._connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except BaseException:
            self._connection.close()  # the next call makes a new one
            raise
        if response.status != 200:
            raise StreamsRefused(f"{operation}: {answer.get('__type')}: {answer.get('message')}")
        return answer

    def shards(self, table: str) -> list[tuple[str, str]]:
        """(stream ARN, shard id) of a table's stream; nothing when it has none."""
        arns = [stream["StreamArn"] for stream in self.call("ListStreams", TableName=table)["Streams"]]
        described = [self.call("DescribeStream", StreamArn=arn)["StreamDescription"] for arn in arns]
        return [(one["StreamArn"], shard["ShardId"]) for one in described for shard in one["Shards"]]

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
