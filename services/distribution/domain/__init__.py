"""The rules of distribution. No I/O, time passed in."""
