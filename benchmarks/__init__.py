"""What the bridge costs and what it survives, measured against the sandbox. Run with `python -m benchmarks.NAME`."""
