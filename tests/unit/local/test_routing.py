"""Which route a path means."""

import pytest

from infra.local.routing import Match, Router

ROUTES = [
    "/",
    "/health",
    "/v1/shops/{shop_id}",
    "/v1/shops/mine",
    "/v1/{kind}/mine/orders",
    "/v1/shops/{shop_id}/orders",
]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", Match("/", {})),
        ("/", Match("/", {})),
        ("/health", Match("/health", {})),
        ("/health/", Match("/health", {})),
        ("/v1/shops/shp_1", Match("/v1/shops/{shop_id}", {"shop_id": "shp_1"})),
        ("/v1/shops/mine", Match("/v1/shops/mine", {})),
        ("/v1/shops/shp_1/orders", Match("/v1/shops/{shop_id}/orders", {"shop_id": "shp_1"})),
        ("/v1/shops/mine/orders", Match("/v1/shops/{shop_id}/orders", {"shop_id": "mine"})),
        ("/v1/live/mine/orders", Match("/v1/{kind}/mine/orders", {"kind": "live"})),
        ("/v1/shops/person:李 雷", Match("/v1/shops/{shop_id}", {"shop_id": "person:李 雷"})),
        ("/v1/shops//orders", None),
        ("/v1/shops", None),
        ("/v2/shops/shp_1", None),
        ("/v1/shops/shp_1/orders/x", None),
    ],
)
def test_the_more_literal_route_wins(path: str, found: Match | None) -> None:
    """As in API Gateway; a variable is never empty and holds one segment."""
    assert Router(ROUTES).match(path) == found
