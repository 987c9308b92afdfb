"""What distribution does: load, decide, save."""
