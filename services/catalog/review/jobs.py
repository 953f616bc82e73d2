"""The name of the job that goes over a shop's products, for whoever starts it."""

from typing import Final

REVIEW: Final = "shop_review"
