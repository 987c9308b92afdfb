"""Runs the adapters: the way in, the way out, and the calls that let those concerned see what is exchanged."""
