"""Our own tokens (X1): ES256, two hours, naming a person and nothing else; and the public keys that check them."""

import hashlib
import json
import re
import secrets  # noqa: TID251 - a refresh token must not be repeatable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, cast

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_encode

from services.shared.plumbing.settings import Secret, Setting, SettingError

AUDIENCE = "xiaodian"
LIVES = timedelta(hours=2)


class Settings:
    # One or more EC P-256 private keys in PEM. The first signs; all are published, so that a new key can be put in
    # front while tokens of the old one are still about.
    key = Secret("XIAODIAN_TOKEN_KEY")
    issuer = Setting[str]("XIAODIAN_TOKEN_ISSUER")


class _Key(NamedTuple):
    private: ec.EllipticCurvePrivateKey
    public: dict[str, str]  # as JWK, with its kid


def sign(person: str) -> str:
    """A token that names this person, from now until two hours on."""
    key = _keys(Settings.key)[0]
    # Verifiers compare with the machine's clock, also where the clock that decides deadlines was moved.
    now = datetime.now(UTC)  # noqa: TID251
    claims = {"iss": Settings.issuer, "aud": AUDIENCE, "sub": person, "iat": now, "exp": now + LIVES}
    return jwt.encode(claims, key.private, algorithm="ES256", headers={"kid": key.public["kid"]})


def public_keys() -> list[dict[str, str]]:
    """Every key whose tokens are good, as JWKs."""
    return [key.public for key in _keys(Settings.key)]


def new_refresh_secret() -> str:
    """256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


def thumbprint(jwk: dict[str, Any]) -> str:
    """A key's name: the SHA-256 of its required members in their fixed order (RFC 7638)."""
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    return base64url_encode(hashlib.sha256(members.encode()).digest()).decode()


@cache
def _keys(pem: str) -> tuple[_Key, ...]:
    blocks = re.findall(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.+?-----END [A-Z ]*PRIVATE KEY-----", pem, re.DOTALL)
    try:
        keys = tuple(_key(block) for block in blocks)
    except (ValueError, TypeError) as error:
        raise SettingError("The secret XIAODIAN_TOKEN_KEY holds no EC P-256 private key in PEM") from error
    if not keys:
        raise SettingError("The secret XIAODIAN_TOKEN_KEY holds no private key in PEM")
    return keys


def _key(pem: str) -> _Key:
    private = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise TypeError("not P-256")
    jwk = cast(dict[str, str], ECAlgorithm.to_jwk(private.public_key(), as_dict=True))
    return _Key(private, jwk | {"kid": thumbprint(jwk), "alg": "ES256", "use": "sig"})
