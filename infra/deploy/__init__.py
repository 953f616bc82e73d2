"""From a package to a running stack, and back: infra/decisions/0006-release-and-rollback.md says why it is so."""
