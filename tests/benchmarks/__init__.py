"""What a cycle costs, small enough for every run."""
