"""From the message to what placing needs."""

from services.orders.freight.freight import Place
from services.orders.messages import Address, Destination, GiftBody, LotBody, OrderBody
from services.orders.order import Gift, Lot
from services.orders.place_order import Placing
from services.orders.pricing import Want
from services.shared.plumbing.content_check import check_content


def placing_of(body: OrderBody, buyer: str) -> Placing:
    """The buyer's wish, ready for the verb. A gift without terms is a single one without a message.

    Raises ContentRefused, TooBusy: what is written on a card is judged before anything is placed.
    """
    gift = None
    if body.gift:
        check_content("orders", body.gift.message, body.gift.giver_name)
    if body.kind == "gift":
        terms = body.gift
        gift = Gift(
            mode=terms.mode if terms else "single",
            recipients=terms.recipients if terms else 1,
            to_openid=terms.to_openid if terms else None,
            show_price=terms.show_price if terms else False,
            lot=_lot_of(terms),
        )
    address = body.address
    return Placing(
        shop_id=body.shop_id,
        buyer=buyer,
        wants=tuple(Want(line.sku_id, line.quantity) for line in body.lines),
        channel=body.channel,
        source_token=body.source_token,
        expected_total_fen=body.expected_total_fen,
        address_json=address.model_dump_json() if address else None,
        place=place_of(address),
        gift=gift,
        message=body.gift.message if body.gift else None,
        giver_name=body.gift.giver_name if body.gift else None,
    )


def place_of(address: Address | Destination | None) -> Place:
    """As much of an address as freight needs; empty without one."""
    return (address.province, address.city) if address else ()


def _lot_of(terms: GiftBody | None) -> Lot | None:
    """How a lot is drawn, with the usual terms where the giver named none."""
    if terms is None or terms.mode != "lot":
        return None
    lot = terms.lot or LotBody()
    return Lot(lot.draw_after_minutes, lot.full_at, tuple(lot.may_enter))
