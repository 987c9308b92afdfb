"""The command line `doselane`, over the Python client."""
