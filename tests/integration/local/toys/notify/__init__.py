"""A toy in the place of notify."""
