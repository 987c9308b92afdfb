"""Tests of master data on real parts."""
