"""Where the rooms' functions are worked out: on this machine, or on a Ray cluster."""
