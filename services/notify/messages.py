"""What comes in and goes out over HTTP."""

from datetime import datetime
from typing import Self

from pydantic import Field

from services.notify.inbox import Category
from services.notify.language import Reader
from services.notify.tables import Message
from services.notify.templates import TEMPLATES
from services.shared.plumbing.doors import Body, View


class WhoseInbox(Body):
    as_shop: str | None = Field(default=None, description="A shop's inbox instead of one's own, for its staff")


class Browse(WhoseInbox):
    category: Category | None = None
    unread: bool = Field(default=False, description="Only unread ones; a page may then be shorter than `limit`")
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None

    @property
    def listing(self) -> str:
        """What a cursor belongs to, beside the inbox."""
        return f"{self.category or 'all'} {'unread' if self.unread else 'read and unread'}"


class MessageView(View):
    """One message, in the reader's language and by the reader's clock."""

    message_id: str
    category: Category
    event: str = Field(description="What happened, as in `orders.order_paid`")
    title: str
    body: str
    subject_id: str = Field(description="The order, gift, product or shop it is about")
    read: bool
    created_at: datetime = Field(description="When it happened")

    @classmethod
    def of(cls, message: Message, *, read: bool, reader: Reader) -> Self:
        template = TEMPLATES[message.template][int(message.template_version) - 1]
        title, body = template.render(message.variables, reader)
        return cls(
            message_id=message.message_id,
            category=template.category,
            event=message.event,
            title=title,
            body=body,
            subject_id=message.subject_id,
            read=read,
            created_at=message.created_at,
        )


class UnreadView(View):
    """How many messages are unread."""

    total: int
    categories: dict[Category, int]

    @classmethod
    def of(cls, categories: dict[Category, int]) -> Self:
        return cls(total=sum(categories.values()), categories=categories)
