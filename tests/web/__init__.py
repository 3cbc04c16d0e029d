"""The web edge: webhooks, health, metrics."""
