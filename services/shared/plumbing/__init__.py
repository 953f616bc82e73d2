"""How not to lose it: transactions, outbox, inbox, idempotency, jobs, files, secrets. No business words."""

NOUNS = ("day", "problems", "shown_text")
