"""WeChat's bill of a day as a stream of text lines, in bounded memory, checked against its hash (O3)."""

import codecs
import hashlib
import zlib
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from services.orders.payments.wechat_pay import (
    CONNECT_S,
    READ_S,
    PaymentProviderRefused,
    Settings,
    WeChatSilent,
    asked,
    client_for,
)
from services.shared.plumbing.logs import log

PIECE = 1 << 16


def trade_bill(day: date) -> Iterator[str]:
    """The lines of the bill of this (Beijing) day, without their ends; none when there was no trade.

    The hash covers the whole text and is only known to be right at the end. Raises WeChatSilent, also for a text that
    is not what was announced; PaymentProviderRefused.
    """
    try:
        offer = asked(lambda: client_for("native").trade_bill(bill_date=day.isoformat(), tar_type="GZIP"))
    except PaymentProviderRefused as refusal:
        if refusal.fields.get("code") == "NO_STATEMENT_EXIST":
            return
        raise
    digest = hashlib.new(offer["hash_type"].lower(), usedforsecurity=False)
    unpack, decode = zlib.decompressobj(zlib.MAX_WBITS | 32), codecs.getincrementaldecoder("utf-8")()
    rest = ""
    for piece in _unpacked(unpack, _download(offer["download_url"])):
        digest.update(piece)
        *whole, rest = (rest + decode.decode(piece)).split("\n")
        yield from (line.rstrip("\r") for line in whole)
    if not unpack.eof or digest.hexdigest().lower() != offer["hash_value"].lower():
        log("orders", "bill_damaged", "error", day=day.isoformat())
        raise WeChatSilent("WeChat Pay's bill did not arrive whole", retry_after_s=60)
    if rest:
        yield rest


def _unpacked(unpack: Any, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """However well it was packed, no more than a piece of it at a time."""
    for packed in pieces:
        left = packed
        while left:
            yield unpack.decompress(left, PIECE)
            left = unpack.unconsumed_tail
    yield unpack.flush()


def _download(url: str) -> Iterator[bytes]:
    """From WeChat's own host, whatever the link says: the request is signed with the merchant's key."""
    import requests
    from wechatpayv3.utils import build_authorization

    parts, core = urlsplit(url), client_for("native")._core  # noqa: SLF001 - the SDK reads a bill whole into memory
    path = f"{parts.path}?{parts.query}"
    proof = build_authorization(path, "GET", Settings.mchid, Settings.serial, core._private_key)  # noqa: SLF001
    headers = {"Authorization": proof, "Accept": "*/*", "User-Agent": "xiaodian"}
    try:
        with requests.get(Settings.url + path, headers=headers, timeout=(CONNECT_S, READ_S), stream=True) as answer:
            if answer.status_code != 200:
                raise WeChatSilent("WeChat Pay does not hand out its bill", retry_after_s=60)
            yield from answer.iter_content(PIECE)
    except requests.RequestException as error:
        log("orders", "wechat_pay_unreachable", "warning", cause=type(error).__name__)
        raise WeChatSilent("WeChat Pay does not answer right now", retry_after_s=60) from error
