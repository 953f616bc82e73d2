"""Orders with WeChat's sandbox, for stories of several services."""

from tests.integration.orders.conftest import hands, letterbox, market, mode, open_till, till

__all__ = ["hands", "letterbox", "market", "mode", "open_till", "till"]
