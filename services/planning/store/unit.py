"""Planning's transactions, and where its schema is."""

from pathlib import Path

from services.kernel.transactions import Transactions

SCHEMA = Path(__file__).parent.with_name("schema")


class Store(Transactions):
    """What planning keeps; its rows are read and saved by the modules beside this one."""
