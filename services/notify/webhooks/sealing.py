"""WeChat's signature and safe mode: SHA-1 over sorted texts, AES-256-CBC under the EncodingAESKey (N3)."""

import base64
import hashlib
import struct

BLOCK = 32  # PKCS#7 pads to 32 bytes, twice AES's own block
NOISE = 16


def signature(*texts: str) -> str:
    """``signature`` of token, timestamp and nonce; with the ciphertext as well it is ``msg_signature``."""
    return hashlib.sha1("".join(sorted(texts)).encode()).hexdigest()  # noqa: S324 - the protocol's choice


def aes_key_of(encoding_aes_key: str) -> bytes:
    """The 32 bytes of an EncodingAESKey. Raises ValueError for what is none."""
    if len(encoding_aes_key) != 43:
        raise ValueError("an EncodingAESKey has 43 characters")
    key = base64.b64decode(encoding_aes_key + "=", validate=True)
    if len(key) != 32:
        raise ValueError("an EncodingAESKey has 32 bytes")
    return key


def encrypted(message: str, encoding_aes_key: str, appid: str, noise: bytes) -> str:
    """``message`` for the holder of the key, in base64. ``noise``: 16 bytes that nobody can guess."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key, text = aes_key_of(encoding_aes_key), message.encode()
    plain = noise[:NOISE] + struct.pack(">I", len(text)) + text + appid.encode()
    missing = BLOCK - len(plain) % BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()).decode()
