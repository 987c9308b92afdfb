"""Runs the adapters: the push door, the judging of what comes in, and the calls that let a courier see it."""
