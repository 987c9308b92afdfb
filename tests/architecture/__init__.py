"""Checks of the source itself: who imports whom, sizes, comments, generated code."""
