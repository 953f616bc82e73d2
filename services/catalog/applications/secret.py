"""An application's secret: nobody keeps it, it follows from the application, its generation and our key.

HMAC-SHA256, 256 bits, base64url.
"""

import base64
import hashlib
import hmac

from services.catalog.applications.application import Application
from services.catalog.staff.token import Settings


def secret_of(application: Application) -> str:
    """What the partner sends for a token."""
    said = f"application\0{application.app_id}\0{application.generation}"
    mac = hmac.new(Settings.key, said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def is_secret_of(application: Application, secret: str) -> bool:
    """Whether this is its secret now, in constant time."""
    return hmac.compare_digest(secret.encode(), secret_of(application).encode())
