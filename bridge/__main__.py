"""The program `bridge`, also as `python -m bridge`: loads the commands, then does what they say."""

from __future__ import annotations

from bridge.cli.loading import loading


def main() -> None:
    """Runs the command of this process; ends it with an exit code."""
    with loading():
        from bridge.cli.main import main as run  # here, so that loading it is what is done quickly
    run()


if __name__ == "__main__":
    main()
