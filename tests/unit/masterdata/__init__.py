"""Tests of master data's rules."""
