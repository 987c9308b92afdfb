"""Tests of capacity on real parts."""
