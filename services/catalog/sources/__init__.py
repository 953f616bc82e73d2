"""Where buyers come from: links with their QR codes (C9) and live sessions (C10). Orders carry their ids."""

NOUNS = ("link", "live_session")
