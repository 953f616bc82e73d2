"""What comes in: WeChat Pay's request bodies, and the sandbox's own. Amounts are fen, times RFC 3339."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from infra.local.wechat_pay.refusal import Refusal, invalid_parameter

OutTradeNo = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_\-|*]{6,32}$")]
OutRefundNo = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_\-|*@]{1,64}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=127)]
Merchant = Annotated[str, StringConstraints(min_length=1, max_length=32)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Fen = Annotated[int, Field(ge=1)]


class FromMerchant(BaseModel):
    """Types are not coerced ("1" is no amount), unknown fields are let be: both as WeChat does."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class PrepayAmount(FromMerchant):
    total: Fen
    currency: Literal["CNY"] = "CNY"


class Payer(FromMerchant):
    openid: Merchant | None = None
    sp_openid: Merchant | None = None
    sub_openid: Merchant | None = None


class H5Info(FromMerchant):
    type: Text


class SceneInfo(FromMerchant):
    payer_client_ip: Text
    h5_info: H5Info | None = None


class Prepay(FromMerchant):
    description: Text
    out_trade_no: OutTradeNo
    notify_url: Url
    amount: PrepayAmount
    time_expire: AwareDatetime | None = None
    attach: Annotated[str, StringConstraints(max_length=128)] | None = None
    payer: Payer | None = None
    scene_info: SceneInfo | None = None


class DirectPrepay(Prepay):
    appid: Merchant
    mchid: Merchant


class PartnerPrepay(Prepay):
    sp_appid: Merchant
    sp_mchid: Merchant
    sub_mchid: Merchant
    sub_appid: Merchant | None = None


class DirectClose(FromMerchant):
    mchid: Merchant


class PartnerClose(FromMerchant):
    sp_mchid: Merchant
    sub_mchid: Merchant


class RefundAmount(FromMerchant):
    refund: Fen
    total: Fen
    currency: Literal["CNY"]


class RefundRequest(FromMerchant):
    """Names its payment by `transaction_id` or else by `out_trade_no`."""

    out_refund_no: OutRefundNo
    amount: RefundAmount
    transaction_id: Merchant | None = None
    out_trade_no: OutTradeNo | None = None
    reason: Annotated[str, StringConstraints(max_length=80)] | None = None
    notify_url: Url | None = None
    sub_mchid: Merchant | None = None


class FromTester(BaseModel):
    """A misspelt field is an error: a test that arms nothing would pass for the wrong reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PhoneAction(FromTester):
    """What the buyer does. README.md says what each field brings about."""

    action: Literal["pay", "fail"]
    times: Annotated[int, Field(ge=0, le=100)] = 1
    delay_s: Annotated[float, Field(ge=0, le=86_400)] = 0
    amount_fen: Fen | None = None
    bad_signature: bool = False
    success_time: AwareDatetime | None = None
    after_close: bool = False
    before_answer: bool = False

    @model_validator(mode="after")
    def _agrees(self) -> PhoneAction:
        if self.before_answer and (self.action == "fail" or self.delay_s):
            raise ValueError("before_answer goes with pay and without delay_s")
        return self


class Behaviour(FromTester):
    """How many of the next occasions go wrong; 0 or false disarms. A field that is absent is left as it is."""

    callback_before_answer: Annotated[int, Field(ge=0)] | None = None
    lose_callbacks: Annotated[int, Field(ge=0)] | None = None
    refund_fails: Annotated[int, Field(ge=0)] | None = None
    refund_closes: Annotated[int, Field(ge=0)] | None = None
    refund_not_enough: Annotated[int, Field(ge=0)] | None = None
    system_errors: Annotated[int, Field(ge=0)] | None = None
    lose_answers: Annotated[int, Field(ge=0)] | None = None
    forge_answers: Annotated[int, Field(ge=0)] | None = None


M = TypeVar("M", bound=BaseModel)


def parse(model: type[M], body: bytes) -> M:
    """Return the message. Raises Refusal 400 PARAM_ERROR naming the first field that is wrong."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first: Any = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise Refusal(400, "INVALID_REQUEST", "请求体不是合法的JSON") from error
        raise invalid_parameter("/" + "/".join(map(str, first["loc"])), first["msg"]) from error
