"""A local WeChat Pay that speaks API v3: the merchant's code and SDK run against it unchanged. See README.md."""
