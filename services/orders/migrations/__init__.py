"""Orders that move here from an old shop: read from its dumps, brought in once, taken out again (M2, M3, M6)."""
