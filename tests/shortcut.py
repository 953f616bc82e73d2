"""The short way of the services' calls into the faults proxy, which is in this process: no signature, no HTTP client.

Most of what a call costs a test is spent on those. While faults are planned every call goes over the wire, as the real
ones do, since what is tested then is what botocore makes of them.
"""

from dataclasses import replace
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError

from infra.faults import ConnectionDropped, FaultsProxy, message
from infra.faults.call import OPERATIONS


def shorten(client: Any, proxy: FaultsProxy) -> None:
    """Let the calls of this botocore client to DynamoDB's items go the short way."""
    plain = message.request("", None)

    def ask(params: Any, model: Any, **_: Any) -> tuple[AWSResponse, Any] | None:
        if model.name not in OPERATIONS or not proxy.harmless:
            return None
        headers = plain.headers | {b"x-amz-target": params["headers"]["X-Amz-Target"].encode()}
        try:
            answer = proxy.answer(replace(plain, headers=headers, body=params["body"]))
        except (ConnectionDropped, EOFError, OSError) as error:  # planned a moment ago, or the engine has gone
            raise ConnectionClosedError(endpoint_url=client.meta.endpoint_url) from error
        status = int(answer.start.split()[1])
        return AWSResponse(client.meta.endpoint_url, status, HTTPHeaders(), None), _parsed(status, answer.json())

    client.meta.events.register("before-call.dynamodb", ask)


def _parsed(status: int, told: dict[str, Any]) -> dict[str, Any]:
    """An answer as botocore gives it: what items are made of looks the same on the wire."""
    told["ResponseMetadata"] = {"HTTPStatusCode": status}
    if status >= 300:
        text = told.get("message", told.get("Message", ""))
        told["Error"] = {"Code": told.pop("__type").rpartition("#")[2], "Message": text}
    return told
