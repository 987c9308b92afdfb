"""The HTTP door: REST derived from the protos, pushes, API documents and a console page; it keeps no state."""
