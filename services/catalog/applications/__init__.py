"""Partners' applications: registered by the platform, granted a role in a shop by its owner (X1)."""

NOUNS = ("application",)
