"""Our own tokens and their keys (X1)."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.catalog.sessions import tokens
from services.shared.plumbing.settings import SettingError

# The EC key of RFC 7517, appendix A.1; other implementations come to the same thumbprint.
EXAMPLE = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    "use": "enc",
    "kid": "1",
}


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """The key as the setting holds it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "no key",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        pem(rsa.generate_private_key(65537, 2048)),
        pem(ec.generate_private_key(ec.SECP384R1())),
    ],
)
def test_a_key_of_another_kind_names_the_setting(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """The operator reads which setting is wrong, and not what is in it."""
    monkeypatch.setenv("XIAODIAN_TOKEN_KEY", secret)

    with pytest.raises(SettingError, match="XIAODIAN_TOKEN_KEY"):
        tokens.public_keys()


def test_only_the_required_members_make_a_thumbprint() -> None:
    """RFC 7638: a key's name does not depend on what it is used for or called."""
    bare = {name: EXAMPLE[name] for name in ("kty", "crv", "x", "y")}

    assert tokens.thumbprint(EXAMPLE) == tokens.thumbprint(bare) == "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"


def test_the_first_key_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several keys are published, one signs."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    monkeypatch.setenv("XIAODIAN_TOKEN_KEY", "\n".join(pem(key) for key in keys))
    monkeypatch.setenv("XIAODIAN_TOKEN_ISSUER", "https://us.test")

    token = tokens.sign("wx1:anna")

    assert jwt.decode(token, keys[0].public_key(), ["ES256"], audience="xiaodian")["sub"] == "wx1:anna"
    assert len({one["kid"] for one in tokens.public_keys()}) == 3


def test_refresh_secrets_are_long_and_never_the_same() -> None:
    """256 bits each."""
    made = {tokens.new_refresh_secret() for _ in range(100)}

    assert len(made) == 100
    assert min(len(one) for one in made) >= 43
