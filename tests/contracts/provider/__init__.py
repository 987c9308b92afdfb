"""Proves contracts against the running gateway."""
