"""What comes in and goes out of the platform's WeChat templates (N4)."""

from typing import Self

from pydantic import Field, model_validator

from services.notify.wechat.binding import Binding
from services.shared.plumbing.doors import Body, View


class BindTemplate(Body):
    """Which WeChat template says what one of our texts says."""

    template: str = Field(
        max_length=128, description="An event and its audience", examples=["orders.order_shipped/buyer"]
    )
    template_id: str = Field(min_length=1, max_length=64, pattern=r"^[\w-]+$", description="As WeChat audited it")
    page: str = Field(default="", max_length=256, description="Where a tap leads in the mini program")
    fields: dict[str, str] = Field(
        min_length=1,
        max_length=10,
        description="The WeChat template's fields, by the variables of our text as `GET /v1/templates` previews it",
        examples=[{"thing1": "{goods:goods}", "character_string2": "{waybill}"}],
    )

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if faults := self.binding.faults():
            raise ValueError("; ".join(faults))
        return self

    @property
    def binding(self) -> Binding:
        return Binding(self.template, self.template_id, self.fields, self.page)


class WhichTemplate(Body):
    template: str = Field(min_length=1, max_length=128)


class BindingView(View):
    """A bound text."""

    template: str
    template_id: str
    page: str
    fields: dict[str, str]

    @classmethod
    def of(cls, binding: Binding) -> Self:
        return cls(
            template=binding.template,
            template_id=binding.template_id,
            page=binding.page,
            fields=dict(binding.fields),
        )
