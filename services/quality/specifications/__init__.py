"""Specifications as texts: read from YAML, stored with each decision, and the sandbox's own."""
