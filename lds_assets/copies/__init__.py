"""Records that two sources tell of the same event: which are copies, and which of them stands."""
