"""Remove an endpoint: nothing is pushed to it any more (N3)."""

from services.notify.webhooks import tables
from services.notify.webhooks.change_endpoint import endpoint_in
from services.shared.plumbing.problems import VersionConflict
from services.shared.plumbing.tables import Begin


def remove_endpoint(shop_id: str, webhook_id: str, *, if_match: int | None, begin: Begin) -> None:
    """What was to be delivered to it is forgotten. Raises NotFound, VersionConflict."""
    endpoint = endpoint_in(shop_id, webhook_id)
    if if_match is not None and if_match != endpoint.version:
        raise VersionConflict()
    tx = begin()
    tables.remove_endpoint(tx, endpoint)
    tx.commit()
