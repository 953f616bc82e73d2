"""A real retailer's invoices as input: from the file to settled money and the books that prove it."""
