"""A day's bill as a file: CSV in yuan, offered under a link that is good for five minutes. Days are Beijing's.

Each value has a backquote in front, as in WeChat's files, so that a spreadsheet does not read ids as numbers. The last
two lines are the titles and the values of a summary.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from infra.local.loopback import Answer
from infra.local.wechat_pay.moment import BEIJING
from infra.local.wechat_pay.refund import Refund
from infra.local.wechat_pay.refusal import Refusal, invalid_parameter
from infra.local.wechat_pay.sandbox import Sandbox
from infra.local.wechat_pay.trade import Trade, trade

KEPT_FOR = timedelta(days=92)
LINK_VALID_S = 300


@dataclass(frozen=True)
class Bill:
    """Titles and rows, then the titles and values of the summary."""

    titles: str
    rows: list[list[str]]
    summary_titles: str
    summary: list[str]

    def text(self) -> bytes:
        lines = [self.titles, *map(_line, self.rows), self.summary_titles, _line(self.summary), ""]
        return "\r\n".join(lines).encode()


def offer(sandbox: Sandbox, bill: Bill, query: dict[str, str]) -> dict[str, str]:
    """Keep the bill and answer where to download it. Raises Refusal NO_STATEMENT_EXIST when it is empty."""
    if not bill.rows:
        raise _no_bill()
    packed = one_of(query, "tar_type", "", ("", "GZIP")) == "GZIP"
    text = bill.text()
    token = secrets.token_urlsafe(32)
    now = time.time()
    with sandbox.store.transaction():
        sandbox.store.put_bill(token, now, gzip.compress(text) if packed else text, now - LINK_VALID_S)
    url = f"{sandbox.url}/v3/billdownload/file?token={token}"
    # The hash tells whether the download is whole, of the file before it is packed; nothing relies on it for security.
    digest = hashlib.sha1(text, usedforsecurity=False).hexdigest()
    return {"download_url": url, "hash_type": "SHA1", "hash_value": digest}


def download(sandbox: Sandbox, query: dict[str, str]) -> Answer:
    """Raises Refusal INVALID_REQUEST when the link is unknown or over."""
    with sandbox.store.transaction():
        content = sandbox.store.bill(query.get("token", ""), time.time() - LINK_VALID_S)
    if content is None:
        raise Refusal(400, "INVALID_REQUEST", "账单下载地址无效或已过期")
    return Answer(200, content, "application/octet-stream")


def trades(sandbox: Sandbox) -> list[Trade]:
    """Every paid payment with its refunds."""
    with sandbox.store.transaction():
        payments, refunds = sandbox.store.paid_payments(), sandbox.store.all_refunds()
    of: dict[str, list[Refund]] = {}
    for refund in refunds:
        of.setdefault(refund.out_trade_no, []).append(refund)
    return [trade(payment, of.get(payment.out_trade_no, ())) for payment in payments]


def is_on(day: date, at: datetime) -> bool:
    """True when `at` falls on `day` in Beijing."""
    return at.astimezone(BEIJING).date() == day


def day_asked(sandbox: Sandbox, query: dict[str, str]) -> date:
    """Raises Refusal PARAM_ERROR, or NO_STATEMENT_EXIST when the day is not over or too long ago."""
    try:
        day = date.fromisoformat(query.get("bill_date", ""))
    except ValueError as error:
        raise invalid_parameter("bill_date", "must be yyyy-MM-dd", "query") from error
    today = sandbox.now().astimezone(BEIJING).date()
    if not timedelta() < today - day <= KEPT_FOR:
        raise _no_bill()
    return day


def one_of(query: dict[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Raises Refusal PARAM_ERROR unless the parameter is absent or one of `allowed`."""
    value = query.get(name, default)
    if value not in allowed:
        raise invalid_parameter(name, f"must be one of {', '.join(filter(None, allowed))}", "query")
    return value


def _line(values: Iterable[str]) -> str:
    """The format has no quoting: a comma stays, only what would end the line is written as a space."""
    return ",".join("`" + value.translate({ord(mark): " " for mark in "\r\n"}) for value in values)


def _no_bill() -> Refusal:
    return Refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
