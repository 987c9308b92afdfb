"""Tests of plans on real parts."""
