"""The agency's story, driven over HTTP through the sandbox with a virtual clock."""
