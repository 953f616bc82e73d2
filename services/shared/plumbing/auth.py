"""Who is calling (X1): a token names a person; what a person may do for a shop is our own data (memberships).

Issuers are a setting: our own, and further OpenID Connect ones. The algorithm is pinned per issuer, audience, issuer
and expiry are checked, and only an issuer marked ``platform`` may name platform operators.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt

from services.shared.plumbing.problems import Unauthenticated
from services.shared.plumbing.settings import Setting


@dataclass(frozen=True)
class Principal:
    """The caller: a person, perhaps acting as the platform's operator."""

    person: str
    platform: bool = False


class Settings:
    # [{"issuer", "audience", "jwks" | "jwks_url", "algorithms"?: ["ES256"], "platform"?: false}]
    issuers: Setting[list[dict[str, Any]]] = Setting("XIAODIAN_TOKEN_ISSUERS", json.loads)


def principal_of(authorization: str | None) -> Principal | None:
    """The caller named by an Authorization header; None without one. Raises Unauthenticated for a bad token."""
    if not authorization:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Use the Bearer scheme")
    try:
        claimed = jwt.decode(token, options={"verify_signature": False}).get("iss")
        issuer = next((one for one in Settings.issuers if one["issuer"] == claimed), None)
        if issuer is None:
            raise Unauthenticated("The token's issuer is not trusted here")
        claims = jwt.decode(
            token,
            _key(json.dumps(issuer, sort_keys=True), jwt.get_unverified_header(token).get("kid")),
            algorithms=issuer.get("algorithms", ["ES256"]),
            audience=issuer["audience"],
            issuer=issuer["issuer"],
            leeway=5,
            options={"require": ["exp", "sub", "iss", "aud"]},
        )
    except jwt.ExpiredSignatureError as error:
        raise Unauthenticated("The token has expired; refresh it") from error
    except jwt.PyJWTError as error:
        raise Unauthenticated("The token is not valid") from error
    return Principal(claims["sub"], bool(issuer.get("platform")) and "platform" in claims.get("roles", []))


def _key(issuer_json: str, kid: str | None) -> Any:
    issuer = json.loads(issuer_json)
    if "jwks" in issuer:
        return _inline(issuer_json, kid)
    return _remote(issuer["jwks_url"]).get_signing_key(kid or "").key


@cache
def _inline(issuer_json: str, kid: str | None) -> Any:
    keys = jwt.PyJWKSet.from_dict(json.loads(issuer_json)["jwks"]).keys
    for one in keys:
        if one.key_id == kid:
            return one.key
    raise jwt.PyJWKClientError("no such key")


@cache
def _remote(url: str) -> jwt.PyJWKClient:
    # Keeps keys for five minutes and asks again for an unknown kid, so a rotation needs no deployment.
    return jwt.PyJWKClient(url, cache_keys=True, lifespan=300, timeout=2)
