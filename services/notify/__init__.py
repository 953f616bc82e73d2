"""Notify: everyone hears what concerns them, once.

Inbox and texts are here, ``webhooks`` (N3) and ``wechat`` (N4) are packages with a table each. Rooms that are kept for
later: ``conversations`` (N5), with a table of its own, since people's words are sealed and no texts of ours;
``broadcasts`` (N6), each a job whose chunks tell persons as an event does; ``growth`` (N7), whose tips are facts with
tellers. Inbox, preferences and unread counts know their category, ``growth``, already.
"""

NOUNS = ("inbox", "language", "telling")
