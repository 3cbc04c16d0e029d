"""`python -m sandbox`: serve the stand-ins until interrupted."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

import uvicorn

from sandbox.app import Sandbox
from sandbox.server import server_config


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
    sandbox.base_url = f"http://{given.host}:{given.port}"
    sys.stdout.write(f"sandbox: {sandbox.base_url}/sandbox/state\n")
    sys.stdout.flush()
    uvicorn.Server(server_config(sandbox.asgi(), given.host, given.port)).run()


if __name__ == "__main__":
    main()
