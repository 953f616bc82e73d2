"""Rules of this repository that no ready-made linter can state, read from the syntax tree.

Each module holds one rule: a function from all sources to findings. ``python -m infra.checks`` runs them all.
"""
