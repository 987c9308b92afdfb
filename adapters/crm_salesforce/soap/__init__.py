"""Salesforce's Partner SOAP API, for organisations that let programs in that way only."""
