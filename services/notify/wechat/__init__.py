"""WeChat subscribe messages: what people allowed a mini program to tell them, one template each (N4)."""

NOUNS = ("notice", "verdict")
