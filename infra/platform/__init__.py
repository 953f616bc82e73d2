"""The stack of what no service owns: the key, the buckets, the alarm topic, the custom domain, and where they are."""
