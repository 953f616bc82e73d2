"""The issuers that tests trust, and their tokens."""

import hashlib
import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

PEOPLE, PLATFORM = "https://people.test", "https://platform.test"
AUDIENCE = "xiaodian"
A_DAY_S = 86_400  # some are made when tests are collected: longer than any run


def key_of(issuer: str) -> ec.EllipticCurvePrivateKey:
    """The issuer's signing key, the same in every run, of no value to anybody."""
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(issuer.encode()).digest()), ec.SECP256R1())


def trusted() -> str:
    """What XIAODIAN_TOKEN_ISSUERS is set to: one issuer of people, and one that may also name platform operators."""
    return json.dumps([_trust(PEOPLE), _trust(PLATFORM) | {"platform": True}])


def _trust(issuer: str) -> dict[str, Any]:
    public = ECAlgorithm.to_jwk(key_of(issuer).public_key(), as_dict=True)
    return {"issuer": issuer, "audience": AUDIENCE, "jwks": {"keys": [public | {"kid": issuer, "alg": "ES256"}]}}


def token_for(person: str, *, platform: bool = False) -> str:
    """A token that names this person, as one of the platform's operators if asked; valid for a day."""
    return signed(PLATFORM if platform else PEOPLE, sub=person, roles=["platform"] if platform else [])


def signed(issuer: str, /, **claims: Any) -> str:
    """A token of this issuer with these claims over the ordinary ones; a claim of None is left out."""
    ordinary = {"iss": issuer, "aud": AUDIENCE, "sub": "person:anna", "exp": int(time.time()) + A_DAY_S}
    kept = {name: value for name, value in (ordinary | claims).items() if value is not None}
    return jwt.encode(kept, key_of(issuer), algorithm="ES256", headers={"kid": issuer})


def forged(token: str) -> str:
    """A token, cursor or link that differs in its last character but one (of the last, not every bit counts)."""
    return f"{token[:-2]}{'B' if token[-2] == 'A' else 'A'}{token[-1]}"
