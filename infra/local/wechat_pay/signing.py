"""WeChat Pay v3's cryptography: requests are checked, answers and callbacks signed, callback bodies sealed.

    request signature   METHOD \\n PATH?QUERY \\n TIMESTAMP \\n NONCE \\n BODY \\n      by the merchant's key
    answer signature    TIMESTAMP \\n NONCE \\n BODY \\n                               by the platform's key
    sealed resource     AES-256-GCM under the APIv3 key, 12-byte nonce

Timestamps here are the machine's own, never the movable clock's: both sides of a signature must agree on them.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from infra.local.loopback import Request
from infra.local.wechat_pay.keys import Keys
from infra.local.wechat_pay.refusal import Refusal

SCHEME = "WECHATPAY2-SHA256-RSA2048"
ALGORITHM = "AEAD_AES_256_GCM"
SKEW_S = 300
_FIELD = re.compile(r'(\w+)="([^"]*)"')


def check_request(request: Request, keys: Keys, system_time: float) -> None:
    """Raise Refusal 401 SIGN_ERROR unless the merchant of `keys` signed this very request within five minutes."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    fields = dict(_FIELD.findall(rest))
    if scheme != SCHEME or not {"mchid", "nonce_str", "signature", "timestamp", "serial_no"} <= fields.keys():
        raise _sign_error("Http头Authorization值格式错误")
    if fields["mchid"] != keys.mchid or fields["serial_no"] != keys.merchant_serial_no:
        raise _sign_error("商户证书序列号有误")
    if not fields["timestamp"].isdecimal() or abs(system_time - int(fields["timestamp"])) > SKEW_S:
        raise _sign_error("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    lines = (request.method, request.target, fields["timestamp"], fields["nonce_str"])
    message = "".join(f"{line}\n" for line in lines).encode() + request.body + b"\n"
    try:
        signature = b64decode(fields["signature"], validate=True)
        keys.merchant_public_key.verify(signature, message, PKCS1v15(), SHA256())
    except (Base64Error, InvalidSignature) as error:
        raise _sign_error("错误的签名 验签失败") from error


def sign(body: bytes, keys: Keys, system_time: float, *, forged: bool = False) -> dict[str, str]:
    """Return the Wechatpay-* headers for `body`. A forged signature is well formed and covers something else."""
    timestamp = str(int(system_time))
    nonce = secrets.token_hex(16)
    message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n" + (b"forged" if forged else b"")
    signature = keys.platform_private_key.sign(message, PKCS1v15(), SHA256())
    return {
        "Wechatpay-Timestamp": timestamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": keys.public_key_id,
        "Wechatpay-Signature": b64encode(signature).decode(),
        "Wechatpay-Signature-Type": SCHEME,
    }


def seal(plaintext: bytes, kind: str, apiv3_key: str) -> dict[str, str]:
    """Return a notification's `resource`; `kind` is "transaction" or "refund"."""
    nonce = secrets.token_hex(6)
    ciphertext = AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plaintext, kind.encode())
    return {
        "original_type": kind,
        "algorithm": ALGORITHM,
        "ciphertext": b64encode(ciphertext).decode(),
        "associated_data": kind,
        "nonce": nonce,
    }


def _sign_error(message: str) -> Refusal:
    return Refusal(401, "SIGN_ERROR", message)
