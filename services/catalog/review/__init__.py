"""What the state of a shop does to what it sells: off sale for a deposit or a licence, and back when that ends."""
