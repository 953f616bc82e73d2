"""The keys of the WeChat Pay sandbox, made at its first start and kept in `<data>/wechat-pay/`.

    merchant_private_key.pem   the merchant signs requests with it
    platform_private_key.pem   the sandbox signs answers and callbacks with it
    platform_public_key.pem    the merchant checks these with it (public-key mode)
    apiv3_key                  32 characters: AES-256-GCM of callback bodies
    appid  mchid  merchant_serial_no  public_key_id

Each file (mode 0600) holds one value and is written once, so it can be given to a service as a `file:` setting.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

FOLDER = "wechat-pay"


@dataclass(frozen=True)
class Keys:
    """Both sides' view of one merchant. The `_pem` fields and `apiv3_key` go to the merchant's client as they are."""

    directory: Path
    appid: str
    mchid: str
    merchant_serial_no: str
    public_key_id: str
    apiv3_key: str = field(repr=False)
    merchant_private_key_pem: str = field(repr=False)
    platform_public_key_pem: str = field(repr=False)
    merchant_public_key: RSAPublicKey = field(repr=False)
    platform_private_key: RSAPrivateKey = field(repr=False)


def ensure_keys(data_dir: Path) -> Keys:
    """Return the keys in `data_dir`, making what is missing. Two processes may start at once: both get the same keys.

    Raises ValueError, naming the file, when a key file is damaged.
    """
    folder = data_dir / FOLDER
    merchant_pem = write_once(folder / "merchant_private_key.pem", _new_private_key)
    platform_pem = write_once(folder / "platform_private_key.pem", _new_private_key)
    platform_key = _private_key(folder / "platform_private_key.pem", platform_pem)
    public_pem = platform_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Keys(
        directory=folder,
        appid=ensure_appid(data_dir),
        mchid=write_once(folder / "mchid", lambda: "19" + _digits(8)),
        merchant_serial_no=write_once(folder / "merchant_serial_no", lambda: secrets.token_hex(20).upper()),
        public_key_id=write_once(folder / "public_key_id", lambda: "PUB_KEY_ID_" + _digits(34)),
        apiv3_key=write_once(folder / "apiv3_key", lambda: secrets.token_hex(16)),
        merchant_private_key_pem=merchant_pem,
        platform_public_key_pem=write_once(folder / "platform_public_key.pem", lambda: public_pem),
        merchant_public_key=_private_key(folder / "merchant_private_key.pem", merchant_pem).public_key(),
        platform_private_key=platform_key,
    )


def ensure_appid(data_dir: Path) -> str:
    """The mini program's appid: payments and logins on one machine belong to the same app."""
    return write_once(data_dir / FOLDER / "appid", lambda: "wx" + secrets.token_hex(8))


def write_once(path: Path, make: Callable[[], str]) -> str:
    """Return the text of `path`; when it does not exist, first write `make()` there, readable by its owner only.

    A hard link to a finished file is the only way to the name: it appears whole, and of two writers one wins.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was first: its value counts
                os.link(file.name, path)
    return path.read_text(encoding="utf-8")


def _new_private_key() -> str:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _private_key(path: Path, pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except ValueError as error:
        raise ValueError(f"{path} is damaged: remove the folder {path.parent} to have new keys made") from error
    match key:
        case RSAPrivateKey():
            return key
        case _:
            raise ValueError(f"{path} does not hold an RSA key")


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))
