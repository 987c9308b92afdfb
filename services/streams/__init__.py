"""Streams: what each partner is told, in one order without a gap."""
