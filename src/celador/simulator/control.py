"""The simulator's HTTP API, for this machine only: look, play scenarios, inject faults.

Importing this module imports FastAPI; service.py does it only when the API is wanted.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from celador.domain.errors import CeladorError, SimulatorError
from celador.domain.listening import why_not
from celador.simulator import scenarios
from celador.simulator.contract import RefusedError
from celador.simulator.faults import KINDS, Clear, fault_from_mapping
from celador.simulator.fleet import Fleet, check_speed
from celador.simulator.session import Device

_OUR_NAMES = frozenset({"127.0.0.1", "localhost"})

_SEE = "see /openapi.json"

Body = dict[str, Any]


def build_app(fleet: Fleet) -> FastAPI:
    """The API over `fleet`. Every handler runs in the event loop that serves the devices."""
    app = FastAPI(title="Celador simulator", docs_url=None, redoc_url=None)
    _add_guards(app)
    _add_fleet_routes(app, fleet)
    _add_device_routes(app, fleet)
    _add_fault_routes(app, fleet)
    return app


def _sentence(status: int, text: str) -> JSONResponse:
    return JSONResponse({"detail": text}, status_code=status)


def _add_guards(app: FastAPI) -> None:
    """Foreign pages are kept out, and every error is one sentence."""

    @app.middleware("http")
    async def only_from_here(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        # A page of another site could reach us through a name of its own that resolves to
        # 127.0.0.1 (DNS rebinding), or with a plain cross-site POST: both show in these headers.
        host = request.headers.get("host", "")
        origin = request.headers.get("origin")
        if host.rpartition(":")[0] not in _OUR_NAMES and host not in _OUR_NAMES:
            return _sentence(403, f"Host {host!r} is not this machine; use 127.0.0.1.")
        if origin is not None and origin != f"http://{host}":
            return _sentence(403, f"pages of {origin!r} may not use this API; use it directly.")
        return await call_next(request)

    @app.exception_handler(RequestValidationError)
    async def not_valid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _sentence(422, f"{where}: {first['msg']}; {_SEE}.")

    @app.exception_handler(404)
    @app.exception_handler(405)
    async def not_possible(request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, HTTPException):  # one of ours, with its own sentence
            return _sentence(error.status_code, str(error.detail))
        asked = f"{request.method} {request.url.path}"
        return _sentence(getattr(error, "status_code", 404), f"there is no {asked}; {_SEE}.")

    @app.exception_handler(CeladorError)
    async def not_sensible(_request: Request, error: CeladorError) -> JSONResponse:
        return _sentence(400, str(error))


def _device(fleet: Fleet, name: str) -> Device:
    if name not in fleet.devices:
        names = list(fleet.devices)
        known = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        raise HTTPException(404, f"there is no device {name!r}; there is {known}.")
    return fleet.devices[name]


def _add_fleet_routes(app: FastAPI, fleet: Fleet) -> None:
    @app.get("/healthz")
    async def health() -> Body:
        return {
            "status": "ok",
            "devices": len(fleet.devices),
            "simulated_seconds": fleet.clock.now(),
            "speed": fleet.clock.speed,
        }

    @app.get("/devices")
    async def devices() -> list[Body]:
        return [fleet.summary(device) for device in fleet.devices.values()]

    @app.get("/scenarios")
    async def library() -> list[Body]:
        found = [scenarios.load(name) for name in scenarios.names()]
        return [
            {
                "name": scenario.name,
                "slug": scenario.slug,
                "description": dict(scenario.description),
                "expected": list(scenario.expected),
                "seconds": scenario.seconds,
            }
            for scenario in found
        ]

    @app.post("/clock")
    async def clock(body: Body) -> Body:
        """Body: {"speed": simulated seconds in one real second}."""
        speed = body.get("speed")
        if isinstance(speed, bool) or not isinstance(speed, int | float) or set(body) != {"speed"}:
            raise HTTPException(422, 'the clock takes only a speed; send {"speed": 10}.')
        check_speed(speed)
        fleet.clock.speed = float(speed)
        return {"speed": fleet.clock.speed, "simulated_seconds": fleet.clock.now()}


def _add_device_routes(app: FastAPI, fleet: Fleet) -> None:
    @app.get("/devices/{name}")
    async def device(name: str) -> Body:
        found = _device(fleet, name)
        now = fleet.clock.now()
        return {
            **fleet.summary(found),
            "state": dict(found.controller.describe(now)),
            "faults": [active.describe(now) for active in found.faults.pending(now)],
        }

    @app.post("/devices/{name}/scenarios/{scenario}")
    async def play(name: str, scenario: str) -> Body:
        _device(fleet, name).controller.play(scenario, fleet.clock.now())
        return {"device": name, "scenario": scenario}

    @app.post("/devices/{name}/actions")
    async def act(name: str, body: Body) -> Body:
        """Body: one action of the scenario language, without its time."""
        try:
            _device(fleet, name).controller.act(body, fleet.clock.now())
        except RefusedError as refusal:
            raise HTTPException(409, f"{name} refuses: Modbus exception {refusal.code}.") from None
        return {"device": name, "action": body}


def _add_fault_routes(app: FastAPI, fleet: Fleet) -> None:
    @app.get("/faults")
    async def kinds() -> list[Body]:
        return [{"kind": n, "text": k.text, **dict(k.defaults)} for n, k in KINDS.items()]

    @app.get("/devices/{name}/faults")
    async def faults(name: str) -> list[Body]:
        now = fleet.clock.now()
        return [active.describe(now) for active in _device(fleet, name).faults.pending(now)]

    @app.post("/devices/{name}/faults", status_code=201)
    async def inject(name: str, body: Body) -> Body:
        """Body: {"kind": "silent", "p": 1, "start": 0, "duration": 30, ...parameters}."""
        device = _device(fleet, name)
        order = fault_from_mapping(body)
        if isinstance(order, Clear):
            raise HTTPException(400, "clear belongs to scenarios; send DELETE to this address.")
        number = device.faults.apply(order, fleet.clock.now())
        await fleet.port_of(name).refresh()
        return {"device": name, "id": number, "kind": order.kind}

    @app.delete("/devices/{name}/faults")
    async def remove_all(name: str) -> Body:
        device = _device(fleet, name)
        device.faults.clear()
        await fleet.port_of(name).refresh()
        return {"device": name, "faults": []}

    @app.delete("/devices/{name}/faults/{number}")
    async def remove(name: str, number: int) -> Body:
        if not _device(fleet, name).faults.remove(number):
            raise HTTPException(404, f"{name} has no fault {number}; GET shows those it has.")
        await fleet.port_of(name).refresh()
        return {"device": name, "removed": number}


class _EmbeddedServer(uvicorn.Server):
    """Leaves the signals alone: they belong to the program that we are a part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ControlServer:
    """The API on a socket, in the running event loop."""

    def __init__(self, server: uvicorn.Server, sock: socket.socket) -> None:
        self._server = server
        self.port: int = sock.getsockname()[1]
        self._task = asyncio.get_running_loop().create_task(server.serve(sockets=[sock]))

    @classmethod
    async def start(cls, fleet: Fleet, host: str, port: int) -> ControlServer:
        """Bind and serve; ready when this returns.

        Raises:
            SimulatorError: the port cannot be had.
        """
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except (OSError, OverflowError) as error:
            sock.close()
            raise SimulatorError(f"HTTP API: {why_not(host, port, error)}.") from error
        sock.listen()  # clients may connect from here on, even before uvicorn accepts
        config = uvicorn.Config(
            build_app(fleet), lifespan="off", ws="none", log_config=None, access_log=False
        )
        return cls(_EmbeddedServer(config), sock)

    async def close(self) -> None:
        """End the server, not waiting for clients that hold a connection open."""
        self._server.should_exit = True
        self._server.force_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
