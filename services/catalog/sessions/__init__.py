"""Who is asking: logging in with WeChat, and our own tokens (X1)."""

NOUNS = ("session",)
