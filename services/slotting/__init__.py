"""Slotting: promises of capacity, never more than there is."""
