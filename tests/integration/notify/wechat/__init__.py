"""People of a mini program are told on WeChat too (N4)."""
