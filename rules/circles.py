"""Circles among names that lead to each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def circle_from(start: str, leads_to: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """A way from `start` back to itself, empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for following in sorted(leads_to.get(way[-1], ())):
            if following == start:
                return (*way, start)
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return ()
