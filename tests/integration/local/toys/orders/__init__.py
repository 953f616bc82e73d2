"""A toy in the place of orders."""
