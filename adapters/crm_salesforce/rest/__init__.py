"""Salesforce's REST API: records by external id, many at once, queries and descriptions."""
