"""Capacity: which runs are planned, what each can yield, and what was cut or cancelled."""
