"""A link to a shop, a product or a product as a gift, that says which channel it stands in (C9). Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

Channel = Literal[
    "official_account",
    "channels_video",
    "channels_live",
    "mini_program",
    "search",
    "moments",
    "chat",
    "group_chat",
    "qr",
    "direct",
]


@dataclass(frozen=True)
class Link:
    """A link as it was made; it does not change. Its id is the source token that orders carry."""

    link_id: str
    shop_id: str
    product_id: str | None
    channel: Channel
    label: str
    created_at: datetime
    gift: bool = False  # leads to giving the product to somebody

    def url(self, base: str) -> str:
        """The address a buyer opens: ``base`` is the page of the merchant's own site or app that shows it."""
        said = {"shop_id": self.shop_id, "product_id": self.product_id or ""}
        said |= {"kind": "gift" if self.gift else "", "channel": self.channel, "source_token": self.link_id}
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{base}{'&' if '?' in base else '?'}{query}"
