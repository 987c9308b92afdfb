"""Working out plans with OR-tools CP-SAT, in a process of its own."""
