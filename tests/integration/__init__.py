"""Our parts against the real things they run on."""
