"""What the system takes: counted or timed on this machine, by commands anybody can run."""
