"""What decides: each service owns one kind of truth and publishes every change of it."""
