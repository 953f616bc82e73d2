"""Who is calling (X1): a token names a person; what a person may do for a shop is our own data (memberships).

Issuers are a setting: our own, and further OpenID Connect ones. The algorithm is pinned per issuer, audience, issuer
and expiry are checked, and only an issuer marked ``platform`` may name platform operators.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from services.shared.plumbing.problems import TooBusy, Unauthenticated
from services.shared.plumbing.settings import Setting

if TYPE_CHECKING:
    import jwt


MAX_PERSON_BYTES = 512  # a person's id is a key, and part of others


@dataclass(frozen=True)
class Principal:
    """The caller: a person, perhaps acting as the platform's operator."""

    person: str
    platform: bool = False
    token_id: str | None = None


class Settings:
    # [{"issuer", "audience", "jwks" | "jwks_url", "algorithms"?: ["ES256"], "platform"?: false, "prefix"?: ""}]
    # ``prefix`` goes before the issuer's subjects: two issuers' 4711 are two people unless they share one.
    issuers: Setting[list[dict[str, Any]]] = Setting("XIAODIAN_TOKEN_ISSUERS", json.loads)


def principal_of(authorization: str | None) -> Principal | None:
    """The caller named by an Authorization header; None without one. Raises Unauthenticated for a bad token."""
    if not authorization:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Use the Bearer scheme")
    import jwt  # a tenth of a second with its cryptography, which functions for events never need

    try:
        issuer, claims = _verified(token)
    except jwt.ExpiredSignatureError as error:
        raise Unauthenticated("The token has expired; refresh it") from error
    except jwt.PyJWKClientConnectionError as error:
        raise TooBusy("The issuer's keys cannot be fetched right now") from error
    except (jwt.PyJWTError, UnicodeError) as error:
        raise Unauthenticated("The token is not valid") from error
    if not claims["sub"]:
        raise Unauthenticated("The token names nobody")
    roles = claims.get("roles")
    person = issuer.get("prefix", "") + claims["sub"]
    if len(person.encode("utf-8", "replace")) > MAX_PERSON_BYTES:
        raise Unauthenticated("The token's name is too long")
    platform = bool(issuer.get("platform")) and isinstance(roles, list) and "platform" in roles
    return Principal(person, platform, claims.get("jti"))


def _verified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The issuer and the claims. Raises Unauthenticated and PyJWT's errors."""
    import jwt

    claimed = jwt.decode(token, options={"verify_signature": False}).get("iss")
    issuer = next((one for one in Settings.issuers if one["issuer"] == claimed), None)
    if issuer is None:
        raise Unauthenticated("The token's issuer is not trusted here")
    claims = jwt.decode(
        token,
        _key(issuer, jwt.get_unverified_header(token).get("kid")),
        algorithms=issuer.get("algorithms", ["ES256"]),
        audience=issuer["audience"],
        issuer=issuer["issuer"],
        leeway=5,
        options={"require": ["exp", "sub", "iss", "aud"]},
    )
    return issuer, claims


def _key(issuer: dict[str, Any], kid: str | None) -> "jwt.PyJWK":
    """The issuer's key of this id. It knows its own algorithm, so no other can be tried with it."""
    if "jwks" in issuer:
        return _inline(json.dumps(issuer["jwks"], sort_keys=True), kid)
    return _remote(issuer["jwks_url"]).get_signing_key(kid or "")


@cache
def _inline(jwks: str, kid: str | None) -> "jwt.PyJWK":
    import jwt

    for one in jwt.PyJWKSet.from_json(jwks).keys:
        if one.key_id == kid:
            return one
    raise jwt.PyJWKClientError("no such key")


@cache
def _remote(url: str) -> "jwt.PyJWKClient":
    import jwt

    # The set is kept for five minutes: so long a withdrawn key is still believed. An unknown key id asks again, at most
    # every 30 s, so a rotation needs no deployment. Single keys are not kept: that cache has no end.
    return jwt.PyJWKClient(url, cache_keys=False, lifespan=300, cooldown_duration=30, timeout=2)
