"""What comes in and goes out over HTTP: applications and what shops grant them."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field

from services.catalog.applications.application import Application, Scope, Status
from services.shared.plumbing.doors import Body, View


class RegisterApplication(Body):
    name: str = Field(min_length=1, max_length=60, description="Shop owners read it")


class SwitchApplication(Body):
    status: Status


class ApplicationLogIn(Body):
    """The client credentials of OAuth 2."""

    app_id: str = Field(max_length=64)
    secret: str = Field(max_length=128)


class ApplicationTokenView(View):
    """It names the application; when it has expired, ask for another."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name
    expires_in_s: int
    person: str = Field(description="Whom it names: app:{app_id}")


class ApplicationView(View):
    app_id: str
    name: str
    status: Status
    secret: str | None = Field(description="Only where it was just made: hand it to the partner, nobody shows it again")
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, one: Application, secret: str | None = None) -> Self:
        fields = {name: getattr(one, name) for name in cls.model_fields if name != "secret"}
        return cls.model_validate({**fields, "secret": secret})


class GrantScope(Body):
    app_id: str = Field(max_length=64)
    scope: Scope = Field(description="A role: operator for products and orders, support reads, finance for money")


class GrantView(View):
    shop_id: str
    app_id: str
    scope: Scope


class GrantsView(View):
    grants: list[GrantView]
