"""The model of the network, by itself."""
