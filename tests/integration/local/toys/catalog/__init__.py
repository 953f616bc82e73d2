"""A toy in the place of catalog."""
