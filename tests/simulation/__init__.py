"""Weeks of the real engine from one seed: a clock that jumps, twins of four services, and all that goes wrong."""
