"""The web edge: webhooks that are answered only once they are stored, health and metrics."""
