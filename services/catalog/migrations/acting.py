"""Who may do something with a shop's migrations, and the entry that it leaves in the shop's audit (O20)."""

from collections.abc import Mapping
from dataclasses import replace

from services.catalog.tables import STORE
from services.shared.plumbing import logs
from services.shared.plumbing.audit import Deed, new_entry_id
from services.shared.plumbing.calls import Call
from services.shared.plumbing.memberships import role_of
from services.shared.plumbing.problems import Forbidden, NotFound, Unauthenticated

NOTHING: Mapping[str, str] = {}


def for_shop(call: Call, shop_id: str, action: str = "", things: Mapping[str, str] = NOTHING) -> Call:
    """The call of the shop's owner or the platform; with an ``action`` its writes leave an entry in the shop's audit.

    The path of a migration names no shop, so its door cannot. Raises NotFound for others.
    """
    if call.principal is None:
        raise Unauthenticated()
    platform = call.principal.platform
    if not platform and role_of(STORE, shop_id, call.person) != "owner":
        raise NotFound()
    if not action:
        return call
    deed = Deed(
        entry_id=new_entry_id(),
        shop_id=shop_id,
        actor=call.person,
        role="platform" if platform else "owner",
        action=action,
        things=things,
        ip=call.source_ip,
        agent=call.headers.get("user-agent", ""),
        token_id=call.principal.token_id,
        request_id=logs.request_id.get(),
    )
    return replace(call, deed=deed)


def for_list(call: Call, shop_id: str | None) -> None:
    """Of a shop, as above; without one for the platform. Raises NotFound, Forbidden."""
    if shop_id:
        for_shop(call, shop_id)
    elif not is_platform(call):
        raise Forbidden("Say whose by shop_id")


def is_platform(call: Call) -> bool:
    """Whether the platform's operator asks."""
    return call.principal is not None and call.principal.platform
