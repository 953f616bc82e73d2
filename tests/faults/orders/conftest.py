"""Orders with WeChat's sandbox beside it; its letters are kept, so that nothing happens but what a test does."""

from tests.integration.orders.conftest import hands, letterbox, market, mode, open_till, till

__all__ = ["hands", "letterbox", "market", "mode", "open_till", "till"]
