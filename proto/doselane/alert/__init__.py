"""Stubs generated from the protos in this folder; `make proto` writes them."""
