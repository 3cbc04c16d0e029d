"""Options that many commands have, declared once."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.words import Language

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
ToldIn = Annotated[Language | None, typer.Option("--language", help="uk, ru or en; without, the one in bridge.yaml.")]
