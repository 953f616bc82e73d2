"""From a package to a running stack, and back: infra/decisions/0004-release-and-rollback.md says why it is so."""
