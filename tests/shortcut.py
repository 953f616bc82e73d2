"""The short way of the services' calls into the faults proxy, which is in this process: no signature, no HTTP client.

Most of what a call costs a test is spent on those. While faults are planned every call goes over the wire, as the real
ones do, since what is tested then is what botocore makes of them.
"""

from dataclasses import replace
from io import BytesIO
from typing import Any

from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError

from infra.faults import ConnectionDropped, FaultsProxy, message


class _Body(BytesIO):
    def stream(self) -> "_Body":
        """What botocore reads."""
        return self


def shorten(client: Any, proxy: FaultsProxy) -> None:
    """Let the calls of this botocore client to DynamoDB go the short way."""
    plain = message.request("", None)

    def choose(**_: Any) -> object:
        return UNSIGNED if proxy.harmless else None

    def send(request: Any, **_: Any) -> AWSResponse | None:
        if "Authorization" in request.headers:
            return None
        headers = plain.headers | {b"x-amz-target": request.headers["X-Amz-Target"]}
        try:
            answer = proxy.answer(replace(plain, headers=headers, body=request.body))
        except (ConnectionDropped, EOFError, OSError) as error:  # planned a moment ago, or the engine has gone
            raise ConnectionClosedError(endpoint_url=request.url) from error
        told: Any = {name.decode(): value.decode() for name, value in answer.headers.items()}
        return AWSResponse(request.url, int(answer.start.split()[1]), told, _Body(answer.body))

    client.meta.events.register("choose-signer.dynamodb", choose)
    client.meta.events.register("before-send.dynamodb", send)
