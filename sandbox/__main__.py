"""`python -m sandbox`: serve the stand-ins until interrupted."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime

from sandbox.app import Sandbox
from sandbox.server import serve_in_thread


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Local stand-ins of the four services.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--limits", choices=["vendor", "off"], default="vendor", help="the vendors' rate limits")
    parser.add_argument("--world", choices=["demo", "empty"], default="demo", help="what is there at the start")
    parser.add_argument("--clock", choices=["real", "frozen"], default="real", help="whether time passes by itself")
    parser.add_argument(
        "--start", type=datetime.fromisoformat, help="the time at the start, with its zone; now if left out"
    )
    given = parser.parse_args(arguments)
    start = given.start or datetime.now(UTC)
    sandbox = Sandbox(world=given.world, limits=given.limits, start=start, clock_mode=given.clock)
    try:
        running = serve_in_thread(sandbox, given.port, given.host)
    except OSError as error:
        parser.exit(1, f"port {given.port} cannot be used: {error.strerror}\n")
    with running:
        sys.stdout.write(f"sandbox: {running.base_url}/sandbox/state\n")
        sys.stdout.flush()
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        ended.wait()


if __name__ == "__main__":
    main()
