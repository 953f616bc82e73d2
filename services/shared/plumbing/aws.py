"""AWS clients other than DynamoDB: one per process and service, sane timeouts, one retry layer with full jitter."""

import threading
from typing import Any

import botocore.session
from botocore.config import Config

_lock = threading.Lock()
_clients: dict[str, Any] = {}


def client(name: str) -> Any:
    """The shared botocore client. botocore clients may be used by many threads; creating them may not."""
    with _lock:
        if name not in _clients:
            config = Config(
                connect_timeout=1,
                read_timeout=10,
                retries={"mode": "standard", "total_max_attempts": 3},
                max_pool_connections=32,
                s3={"addressing_style": "path"},
                # The default of some regions signs neither the length nor the checksum of an upload.
                signature_version="s3v4" if name == "s3" else None,
            )
            _clients[name] = botocore.session.get_session().create_client(name, config=config)
        return _clients[name]
