"""Webhooks (N3): what concerns a shop is pushed to addresses of its own, in the WeChat message-push format."""

NOUNS = ("address", "delivery", "endpoint", "letter", "problems")
