"""What services say to each other: the envelope, every event, and who hears it. Data only."""
