"""A toy in the place of gifts."""
