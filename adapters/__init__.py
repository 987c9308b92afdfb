"""What translates: each adapter turns one outside system into one of the proto ports and back."""
