"""Salesforce's REST API: records by external id, many at once, composite calls, graphs, queries and descriptions."""
