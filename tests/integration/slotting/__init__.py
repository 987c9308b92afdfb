"""Slotting on a real database and over real gRPC."""
