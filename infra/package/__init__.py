"""From a service's sources to what CloudFormation takes: one template, one zip, both checked.

sources ─▶ needs ─▶ dependencies ─┐
   └─────▶ project ─▶ chalice ─┬──┴▶ archive ─▶ check ─▶ sizes
                 resources.py ─┴─▶ template ─▶ rules
"""
