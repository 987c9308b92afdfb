"""Builds the documentation site: guides written by hand, reference made from protos and source."""
