"""The page to play the agency's day on: plain HTML, CSS and JavaScript, served at `/` of the sandbox."""

from __future__ import annotations

from sandbox.play.routes import play_routes

__all__ = ["play_routes"]
