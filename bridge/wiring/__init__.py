"""The wiring: settings and the config folder become the values and connectors that the daemon is made of."""
