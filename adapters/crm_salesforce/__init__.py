"""Salesforce: orders for doses in, and what became of them out."""
