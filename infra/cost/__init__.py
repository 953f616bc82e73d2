"""What the system costs at AWS: the counted units of every verb (units.json) at list prices (prices.json)."""
