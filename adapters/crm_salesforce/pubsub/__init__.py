"""Salesforce's Pub/Sub API: events in, with nothing lost and nothing erased, and platform events out."""
