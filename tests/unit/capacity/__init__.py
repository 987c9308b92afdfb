"""Tests of the rules of capacity."""
