"""Quality on real PostgreSQL."""
