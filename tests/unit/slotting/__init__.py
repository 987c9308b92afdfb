"""Tests of the rules of slotting."""
