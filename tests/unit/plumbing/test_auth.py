"""Tokens: only what a trusted issuer signed, for us, for now, is believed (X1)."""

import base64
import json
import time
from typing import Any

import jwt
import pytest

from services.shared.plumbing.auth import Principal, principal_of
from services.shared.plumbing.problems import Unauthenticated
from tests.tokens import A_DAY_S, AUDIENCE, PEOPLE, PLATFORM, key_of, signed, token_for, trusted

ORDINARY = {"iss": PEOPLE, "aud": AUDIENCE, "sub": "person:anna", "exp": int(time.time()) + A_DAY_S}


def bearer(token: str) -> Principal | None:
    """Who a request with this token is from."""
    return principal_of(f"Bearer {token}")


def test_a_token_names_its_person() -> None:
    """The scheme's case does not matter."""
    assert bearer(token_for("person:anna")) == Principal("person:anna", platform=False)
    assert principal_of(f"bearer {token_for('person:anna')}") == Principal("person:anna", platform=False)


def test_without_a_header_there_is_nobody() -> None:
    """Whether that is enough is the route's decision."""
    assert principal_of(None) is None
    assert principal_of("") is None


def test_the_platform_issuer_names_operators() -> None:
    """By the role platform, and only those: its other tokens name people."""
    assert bearer(token_for("person:olga", platform=True)) == Principal("person:olga", platform=True)
    assert bearer(signed(PLATFORM, sub="person:olga", roles=["reader"])) == Principal("person:olga", platform=False)


@pytest.mark.parametrize("roles", [["platform"], "platform", {"platform": True}])
def test_no_other_issuer_names_operators(roles: Any) -> None:
    """Whatever it claims."""
    assert bearer(signed(PEOPLE, roles=roles)) == Principal("person:anna", platform=False)


@pytest.mark.parametrize("roles", ["no-platform-role", 7, None, {"platform": False}, [["platform"]]])
def test_roles_of_another_shape_give_nothing(roles: Any) -> None:
    """A text that contains the word is no list that contains the role."""
    assert bearer(signed(PLATFORM, roles=roles)) == Principal("person:anna", platform=False)


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "https://else.test"}, id="another issuer"),
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"aud": "another-product"}, id="another audience"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"exp": int(time.time()) - 60}, id="expired"),
        pytest.param({"exp": None}, id="without end"),
        pytest.param({"sub": None}, id="nobody"),
        pytest.param({"sub": ""}, id="an empty name"),
        pytest.param({"sub": 7}, id="a number"),
        pytest.param({"sub": "长" * 171}, id="a name over 512 bytes"),
        pytest.param({"nbf": int(time.time()) + A_DAY_S}, id="too early"),
    ],
)
def test_a_token_for_others_or_for_another_time_is_refused(claims: dict[str, Any]) -> None:
    """Issuer, audience, time and subject are all required and all checked."""
    with pytest.raises(Unauthenticated):
        bearer(signed(PEOPLE, **claims))


def test_an_expired_token_says_so() -> None:
    """So that a client knows to refresh it."""
    with pytest.raises(Unauthenticated, match="expired"):
        bearer(signed(PEOPLE, exp=int(time.time()) - 60))


def test_an_unsigned_token_is_refused() -> None:
    """alg none is not the issuer's algorithm."""
    with pytest.raises(Unauthenticated):
        bearer(jwt.encode(ORDINARY, "", algorithm="none", headers={"kid": PEOPLE}))


def test_a_token_of_another_algorithm_is_refused() -> None:
    """Not even one whose HMAC key is the issuer's public key, which everybody knows."""
    public = json.loads(trusted())[0]["jwks"]["keys"][0]["x"]
    secret = base64.urlsafe_b64decode(public + "=")

    with pytest.raises(Unauthenticated):
        bearer(jwt.encode(ORDINARY, secret, algorithm="HS256", headers={"kid": PEOPLE}))


def test_a_token_signed_by_another_issuers_key_is_refused() -> None:
    """Under its own kid and under the issuer's."""
    for kid in (PEOPLE, PLATFORM):
        with pytest.raises(Unauthenticated):
            bearer(jwt.encode(ORDINARY, key_of(PLATFORM), algorithm="ES256", headers={"kid": kid}))


def test_an_unknown_key_id_is_refused() -> None:
    """And a missing one."""
    for headers in ({"kid": "another"}, None):
        with pytest.raises(Unauthenticated):
            bearer(jwt.encode(ORDINARY, key_of(PEOPLE), algorithm="ES256", headers=headers))


def test_a_changed_token_is_refused() -> None:
    """The signature covers the claims."""
    head, _, signature = token_for("person:anna").split(".")
    claims = base64.urlsafe_b64encode(json.dumps(ORDINARY | {"sub": "person:eve"}).encode()).decode().rstrip("=")

    with pytest.raises(Unauthenticated):
        bearer(f"{head}.{claims}.{signature}")


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer a.b.c", "Bearer é.é.é", "Bearer \udcff", "x" * 999],
)
def test_what_is_no_token_is_refused(header: str) -> None:
    """With 401, never with an error of ours."""
    with pytest.raises(Unauthenticated):
        principal_of(header)


def test_a_further_issuers_people_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its subjects get its prefix, so that none of them is somebody else's."""
    issuers = json.loads(trusted())
    issuers[0]["prefix"] = "partner:"
    monkeypatch.setenv("XIAODIAN_TOKEN_ISSUERS", json.dumps(issuers))

    assert bearer(signed(PEOPLE, sub="4711")) == Principal("partner:4711", platform=False)
    assert bearer(signed(PLATFORM, sub="4711")) == Principal("4711", platform=False)


def test_an_issuer_may_use_another_algorithm_of_its_own_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token whose header names an algorithm that its key is not made for is refused, not an error."""
    issuers = json.loads(trusted())
    issuers[0]["algorithms"] = ["RS256", "ES256"]
    monkeypatch.setenv("XIAODIAN_TOKEN_ISSUERS", json.dumps(issuers))
    head = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": PEOPLE}).encode()).decode().rstrip("=")
    _, claims, signature = token_for("person:anna").split(".")

    assert bearer(token_for("person:anna")) == Principal("person:anna", platform=False)
    with pytest.raises(Unauthenticated):
        bearer(f"{head}.{claims}.{signature}")
