"""What Chalice's template lacks, rendered from a service's ``resources.py`` and from that template itself.

Nothing here is listed by hand: a function, a queue, a table or a schedule that appears in the code appears in the
template with its role, its alarms and its logs.
"""
