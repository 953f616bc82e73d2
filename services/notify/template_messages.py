"""What comes in and goes out of looking at texts."""

from typing import Annotated

from pydantic import AfterValidator, Field

from services.notify.inbox import Category
from services.notify.language import DEFAULT, DEFAULT_ZONE, Language
from services.notify.zones import known_zone
from services.shared.plumbing.doors import Body, View


class PreviewQuery(Body):
    event: str = Field(
        max_length=128,
        description="An event, or one audience of it",
        examples=["orders.order_paid", "gifts.gift_ready/giver"],
    )
    language: Language = DEFAULT
    zone: Annotated[str, Field(max_length=64), AfterValidator(known_zone)] = DEFAULT_ZONE
    every_version: bool = Field(default=False, description="Also those that only older messages are told in")


class PreviewView(View):
    """One audience's text."""

    template: str
    version: int
    category: Category
    compulsory: bool = Field(description="About money or the law: nobody can switch it off")
    title: str
    body: str
