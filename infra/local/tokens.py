"""This machine's own token issuer: an EC P-256 key in the data folder, and tokens signed with it.

Only on one machine: on AWS a token comes from a WeChat login or another trusted issuer (X1).
"""

import base64
import hashlib
import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import ECAlgorithm

from infra.local.wechat_pay.keys import write_once

ISSUER = "https://xiaodian.local"
AUDIENCE = "xiaodian"
FILE = "issuer.pem"


def issuer_key(data: Path) -> EllipticCurvePrivateKey:
    """The issuer's key, made at first use, readable by its owner only. Raises ValueError when the file is damaged."""
    path = data / FILE
    try:
        key = load_pem_private_key(write_once(path, _new_key).encode(), password=None)
    except ValueError as error:
        raise ValueError(f"{path} is damaged: restore it, or remove it to have a new key made") from error
    if isinstance(key, EllipticCurvePrivateKey):
        return key
    raise ValueError(f"{path} does not hold an EC key")


def _new_key() -> str:
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def issuer(data: Path) -> dict[str, Any]:
    """This issuer as an entry of the setting XIAODIAN_TOKEN_ISSUERS: its tokens may name platform operators."""
    return {
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "algorithms": ["ES256"],
        "platform": True,
        "jwks": {"keys": [_jwk(issuer_key(data))]},
    }


def _jwk(key: EllipticCurvePrivateKey) -> dict[str, str]:
    public: dict[str, str] = json.loads(ECAlgorithm.to_jwk(key.public_key()))
    return public | {"kid": _thumbprint(public), "alg": "ES256", "use": "sig"}


def _thumbprint(public: dict[str, str]) -> str:
    """RFC 7638: whoever holds the key comes to the same key id."""
    required = {name: public[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(json.dumps(required, sort_keys=True, separators=(",", ":")).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def mint(data_dir: Path, subject: str, platform: bool = False, ttl: timedelta = timedelta(hours=12)) -> str:
    """A token for ``subject``, signed with the key in ``data_dir``; ``platform`` makes it an operator's."""
    key = issuer_key(data_dir)
    # A verifier compares with the system's time, not with the stack's clock.
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + int(ttl.total_seconds())}
    roles = {"roles": ["platform"]} if platform else {}
    return jwt.encode(claims | roles, key, algorithm="ES256", headers={"kid": _jwk(key)["kid"]})
