"""The whole gateway on one machine: its database, its broker, its services and the demo day."""
