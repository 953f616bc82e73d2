"""What every verb of the sandbox is given: its keys, its state, its clocks and how it was started."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from infra.local.loopback import is_loopback
from infra.local.wechat_pay.keys import Keys
from infra.local.wechat_pay.payment import Merchant
from infra.local.wechat_pay.refusal import Refusal, invalid_parameter
from infra.local.wechat_pay.store import Store


@dataclass(frozen=True)
class Options:
    """How the sandbox runs.

    `callback_speed` divides WeChat's waits: between resent callbacks, and the minute between refunds of one payment.
    `refund_delay_s` is how long a refund stays PROCESSING. `notify_allow` holds `host:port` of the merchants that may
    be called back; empty, any port on loopback.
    """

    data_dir: Path
    port: int = 0
    callback_speed: float = 60.0
    refund_delay_s: float = 0.2
    notify_allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.callback_speed <= 0:
            raise ValueError("callback_speed must be above 0")
        for origin in self.notify_allow:
            if not is_loopback(urlsplit(f"//{origin}").hostname):
                raise ValueError(f"{origin} is not on loopback: callbacks never leave this machine")


@dataclass(frozen=True)
class Sandbox:
    """`now` decides time_expire and dates money; signatures and retries go by the machine's own time.

    `wake` is called after a task was added; `wait_for_attempt` returns when callbacks, by id, were tried once.
    """

    keys: Keys
    store: Store
    options: Options
    now: Callable[[], datetime]
    url: str
    wake: Callable[[], None]
    wait_for_attempt: Callable[[list[int]], None]

    def check_merchant(self, merchant: Merchant) -> None:
        """Raises Refusal when a request names another merchant or app than the one whose key signed it."""
        if merchant.mchid != self.keys.mchid:
            raise Refusal(400, "MCH_NOT_EXISTS", "商户号不存在")
        if merchant.appid != self.keys.appid:
            raise Refusal(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配")

    def check_notify_url(self, url: str) -> None:
        """Raises Refusal PARAM_ERROR unless `url` is plain http on loopback, allowed, and without a query."""
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.query or not is_loopback(parts.hostname):
            raise invalid_parameter("/notify_url", "must be an http address on loopback without a query")
        if self.options.notify_allow and parts.netloc not in self.options.notify_allow:
            raise invalid_parameter("/notify_url", "is not among the addresses this sandbox may call")

    def misbehaves(self, name: str) -> bool:
        """True when `name` was armed; uses one up."""
        with self.store.transaction():
            return self.store.armed.use(name)
