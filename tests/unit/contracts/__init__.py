"""Tests of the comparison of contracts with documents."""
