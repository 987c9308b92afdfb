"""Planning's rules: values and pure functions, the time passed in."""
