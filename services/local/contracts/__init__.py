"""Plays contracts against a whole gateway."""
