"""What comes in and goes out of preferences (N8)."""

from datetime import datetime, time
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from services.notify.inbox import CATEGORIES, Category
from services.notify.language import DEFAULT, DEFAULT_ZONE, Language
from services.notify.preferences import MEDIA, Medium, Preferences, QuietHours
from services.notify.templates import TEMPLATES
from services.notify.zones import known_zone
from services.shared.plumbing.doors import Body, View

ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["22:30"])]


class Quiet(Body):
    """Hours in which nothing but the inbox speaks: each day, by the person's clock, also over midnight."""

    starts: ClockTime
    ends: ClockTime

    @model_validator(mode="after")
    def _some_hours(self) -> Self:
        if self.starts == self.ends:
            raise ValueError("quiet hours end at another time than they start")
        return self


class WantedPreferences(Body):
    """Everything a person may say."""

    language: Language = DEFAULT
    zone: Annotated[str, Field(max_length=64), AfterValidator(known_zone)] = Field(
        default=DEFAULT_ZONE, description="A name of the time zone database", examples=["Europe/Berlin"]
    )
    quiet_hours: Quiet | None = None
    media: dict[Medium, dict[Category, bool]] = Field(
        default={},
        description="What is told where; what is not named is told. What is about money or the law is always told",
        examples=[{"wechat": {"growth": False}}],
    )

    @model_validator(mode="after")
    def _inbox_stays(self) -> Self:
        if not all(self.media.get("inbox", {}).values()):
            raise ValueError("the inbox is always written: media.inbox cannot be switched off")
        return self

    @property
    def said(self) -> Preferences:
        quiet = self.quiet_hours
        off = {(medium, category) for medium, one in self.media.items() for category, on in one.items() if not on}
        return Preferences(
            language=self.language,
            zone=self.zone,
            quiet_hours=QuietHours(time.fromisoformat(quiet.starts), time.fromisoformat(quiet.ends)) if quiet else None,
            off=frozenset(off),
        )


class PreferencesView(View):
    """What a person is told, how and when."""

    language: Language
    zone: str
    quiet_hours: Quiet | None
    media: dict[Medium, dict[Category, bool]]
    always_told: list[str] = Field(description="Events that are told whatever is switched off: about money or the law")
    version: int
    updated_at: datetime | None

    @classmethod
    def of(cls, preferences: Preferences) -> Self:
        quiet = preferences.quiet_hours
        return cls(
            language=preferences.language,
            zone=preferences.zone,
            quiet_hours=Quiet(starts=f"{quiet.starts:%H:%M}", ends=f"{quiet.ends:%H:%M}") if quiet else None,
            media={medium: {one: (medium, one) not in preferences.off for one in CATEGORIES} for medium in MEDIA},
            always_told=sorted({key.partition("/")[0] for key, them in TEMPLATES.items() if them[-1].compulsory}),
            version=preferences.version,
            updated_at=preferences.updated_at,
        )
