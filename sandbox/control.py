"""The control routes under `/sandbox`: time, journal, faults, what people do, and the whole state."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import Fault
from sandbox.planfix_world import TOKEN as PLANFIX_TOKEN
from sandbox.telegram import TOKEN as TELEGRAM_TOKEN
from sandbox.trello_world import KEY as TRELLO_KEY
from sandbox.trello_world import SECRET as TRELLO_SECRET
from sandbox.trello_world import TOKEN as TRELLO_TOKEN

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Endpoint = Callable[[Request], Awaitable[Response]]


def control_routes(sandbox: Sandbox) -> list[Route]:
    """The routes that steer this sandbox; a wrong argument is a 400 with `error`."""
    return [
        Route("/sandbox/clock", _clock(sandbox), methods=["GET"]),
        Route("/sandbox/clock", _move_clock(sandbox), methods=["POST"]),
        Route("/sandbox/journal", _journal(sandbox), methods=["GET"]),
        Route("/sandbox/faults", _add_fault(sandbox), methods=["POST"]),
        Route("/sandbox/faults", _clear_faults(sandbox), methods=["DELETE"]),
        Route("/sandbox/release", _release(sandbox), methods=["POST"]),
        Route("/sandbox/act", _act(sandbox), methods=["POST"]),
        Route("/sandbox/state", _state(sandbox), methods=["GET"]),
        Route("/sandbox/chats/{chat}", _chat(sandbox), methods=["GET"]),
        Route("/sandbox/accounts", _accounts(sandbox), methods=["GET"]),
        Route("/sandbox/google-credentials", _google_credentials(sandbox), methods=["GET"]),
    ]


def state_of(sandbox: Sandbox) -> dict[str, Any]:
    """Everything a page needs: the time, and what each service shows of itself by its `state()`, if it has one."""
    with sandbox.lock:
        shown = {service.name: service.state() for service in sandbox.services if hasattr(service, "state")}
    return {"clock": _time(sandbox), "journal": {"last": sandbox.journal.last()}, **shown}


def _clock(sandbox: Sandbox) -> Endpoint:
    async def clock(request: Request) -> Response:
        return _json(_time(sandbox))

    return clock


def _move_clock(sandbox: Sandbox) -> Endpoint:
    async def move_clock(request: Request) -> Response:
        wanted = await request.json()
        try:
            if "announce" in wanted:
                sandbox.next_timer = datetime.fromisoformat(wanted["announce"]) if wanted["announce"] else None
            elif wanted.get("to") == "next-timer":
                _to_next_timer(sandbox)
            elif "set" in wanted:
                sandbox.clock.set(datetime.fromisoformat(wanted["set"]))
            else:
                sandbox.clock.advance(timedelta(seconds=wanted["advance_seconds"]))
        except (ValueError, KeyError, TypeError) as error:
            return _refused(error)
        return _json(_time(sandbox))

    return move_clock


def _to_next_timer(sandbox: Sandbox) -> None:
    """To the moment that whoever works on the stand-ins announced as its next. Raises ValueError when there is none."""
    if sandbox.next_timer is None or sandbox.next_timer < sandbox.clock.now():
        raise ValueError("nothing is planned: no timer is running")
    sandbox.clock.set(sandbox.next_timer)


def _journal(sandbox: Sandbox) -> Endpoint:
    async def journal(request: Request) -> Response:
        entries = sandbox.journal.since(int(request.query_params.get("since", "0")))
        service = request.query_params.get("service")
        return _json([entry.as_json() for entry in entries if service in (None, entry.service)])

    return journal


def _add_fault(sandbox: Sandbox) -> Endpoint:
    async def add_fault(request: Request) -> Response:
        try:
            fault = sandbox.faults.add(Fault(**await request.json()))
        except (ValueError, TypeError) as error:
            return _refused(error)
        return _json(asdict(fault))

    return add_fault


def _clear_faults(sandbox: Sandbox) -> Endpoint:
    async def clear_faults(request: Request) -> Response:
        sandbox.faults.clear()
        return _json({})

    return clear_faults


def _release(sandbox: Sandbox) -> Endpoint:
    async def release(request: Request) -> Response:
        sandbox.faults.release()
        return _json({})

    return release


def _act(sandbox: Sandbox) -> Endpoint:
    async def act(request: Request) -> Response:
        arguments = await request.json()
        try:
            result = await run_in_threadpool(sandbox.people.act, arguments.pop("act"), **arguments)
        except (LookupError, ValueError, TypeError) as error:
            return _refused(error)
        return _json({"result": result})

    return act


def _state(sandbox: Sandbox) -> Endpoint:
    async def state(request: Request) -> Response:
        return _json(state_of(sandbox))

    return state


def _chat(sandbox: Sandbox) -> Endpoint:
    async def chat(request: Request) -> Response:
        known = {str(number): chat for number, chat in sandbox.telegram.chats.chats.items()}
        found = known.get(request.path_params["chat"])
        if found is None:
            return JSONResponse({"error": "there is no such chat"}, status_code=404)
        with sandbox.lock:
            return _json([message.as_json() for message in found.messages.values()])

    return chat


def _accounts(sandbox: Sandbox) -> Endpoint:
    async def accounts(request: Request) -> Response:
        return _json(
            {
                "trello": {"key": TRELLO_KEY, "token": TRELLO_TOKEN, "secret": TRELLO_SECRET},
                "planfix": {"token": PLANFIX_TOKEN},
                "telegram": {"token": TELEGRAM_TOKEN},
            }
        )

    return accounts


def _google_credentials(sandbox: Sandbox) -> Endpoint:
    async def google_credentials(request: Request) -> Response:
        return _json(sandbox.google.account.credentials(str(request.base_url).rstrip("/")))

    return google_credentials


def _time(sandbox: Sandbox) -> dict[str, str | None]:
    following = sandbox.next_timer.isoformat() if sandbox.next_timer else None
    return {"now": sandbox.clock.now().isoformat(), "mode": sandbox.clock.mode, "next_timer": following}


def _json(value: Any) -> Response:
    """Dates and the like become text."""
    return Response(json.dumps(value, ensure_ascii=False, default=str), media_type="application/json")


def _refused(error: Exception) -> Response:
    return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)
