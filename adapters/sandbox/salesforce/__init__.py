"""Salesforce, as far as a program meets it: an organisation, its log-in, its interfaces."""
