"""One HTTP/1.1 message on a kept-alive connection, as AWS SDKs and the engine send them: framed by Content-Length."""

import json
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Any

_CREDENTIAL = b"AWS4-HMAC-SHA256 Credential=proxy/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
_TYPES = {"ThrottlingException": "com.amazon.coral.availability#"}  # the others belong to DynamoDB itself


@dataclass(frozen=True)
class Message:
    """A request or an answer. Header names are in lower case."""

    start: bytes
    headers: dict[bytes, bytes]
    body: bytes

    @property
    def succeeded(self) -> bool:
        """For an answer: the engine did what it was asked."""
        return self.start.split()[1] == b"200"

    @property
    def last(self) -> bool:
        """The sender closes the connection after this message."""
        return self.headers.get(b"connection", b"").lower() == b"close"

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    def with_json(self, body: Any) -> "Message":
        """The same message with another body. The checksum of the old one goes."""
        headers = {name: value for name, value in self.headers.items() if name != b"x-amz-crc32"}
        return Message(self.start, headers, json.dumps(body).encode())

    def encode(self) -> bytes:
        """What goes over the wire."""
        headers = self.headers | {b"content-length": str(len(self.body)).encode()}
        lines = (b"%s: %s\r\n" % header for header in headers.items())
        return b"".join((self.start, b"\r\n", *lines, b"\r\n", self.body))


def read(stream: BufferedIOBase) -> Message:
    """The next message. Raises EOFError when the other side has closed the connection."""
    start = stream.readline().strip()
    headers = {}
    while line := stream.readline().strip():
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    if b"transfer-encoding" in headers:
        raise ValueError("a chunked message: neither DynamoDB's clients nor the engine send one")
    length = int(headers.get(b"content-length", 0))
    body = stream.read(length)
    if not start or len(body) < length:
        raise EOFError
    return Message(start, headers, body)


def request(target: str, body: Any) -> Message:
    """A call of our own to the engine, which asks for a signature but does not check it."""
    headers = {
        b"host": b"localhost",
        b"content-type": b"application/x-amz-json-1.0",
        b"x-amz-target": f"DynamoDB_20120810.{target}".encode(),
        b"x-amz-date": b"20260101T000000Z",
        b"authorization": _CREDENTIAL,
    }
    return Message(b"POST / HTTP/1.1", headers, json.dumps(body).encode())


def refusal(status: bytes, error: str, message: str, **more: Any) -> Message:
    """An error as DynamoDB words it on the wire."""
    namespace = _TYPES.get(error, "com.amazonaws.dynamodb.v20120810#")
    headers = {b"content-type": b"application/x-amz-json-1.0", b"x-amzn-requestid": b"FAULTSPROXY"}
    # TransactionCanceledException, alone of them, has a capital Message
    body = {"__type": namespace + error, "Message" if more else "message": message, **more}
    return Message(b"HTTP/1.1 " + status, headers, json.dumps(body).encode())
