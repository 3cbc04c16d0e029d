"""Settings, the config folder and the making of connectors."""
