"""Tests of specifications: rules as data, results, and what they come to."""
