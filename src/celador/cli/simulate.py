"""`celador simulate`: reclosers that do not exist, for tests, training and commissioning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from celador.simulator.fleet import SimulateOptions


def _show_faults(wanted: bool) -> None:
    if wanted:
        from celador.simulator.faults import fault_help

        typer.echo(fault_help())
        raise typer.Exit


def simulate(
    port: Annotated[int, typer.Option(help="First TCP port; 0 takes free ones.")] = 5020,
    devices: Annotated[int, typer.Option(help="How many reclosers.")] = 1,
    units_per_port: Annotated[
        int, typer.Option(help="Reclosers behind one port, told apart by unit id 1, 2, ...")
    ] = 1,
    scenario: Annotated[
        str | None, typer.Option(help="What happens to each: S1 to S22, or a scenario file.")
    ] = None,
    speed: Annotated[
        float,
        typer.Option(
            help="Simulated seconds in one real second. The controllers' clocks run at it too, so "
            "other speeds than 1 raise RELOJ, rightly."
        ),
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same course.")] = 1,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="A communication fault, e.g. silent@60+30; see --list-faults."),
    ] = None,
    list_faults: Annotated[
        bool,
        typer.Option(
            "--list-faults",
            callback=_show_faults,
            is_eager=True,
            help="Show the communication faults and how to write them.",
        ),
    ] = False,
    http_port: Annotated[
        int | None, typer.Option(help="Port of the HTTP API on this machine; 0 takes a free one.")
    ] = None,
    framing: Annotated[str, typer.Option(help="tcp, or rtu for RTU frames over TCP.")] = "tcp",
    host: Annotated[
        str, typer.Option(help="Address to listen at; whoever reaches it can operate the switch.")
    ] = "127.0.0.1",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the addresses as JSON once all is ready.")
    ] = False,
) -> None:
    """Pretend to be one or many OSM27 reclosers on Modbus TCP, until Ctrl-C.

    A trip with reclosing, watched with another tool:

    celador simulate --scenario S1 &

    mbpoll -m tcp -p 5020 -0 -1 -t 1 -r 34 -c 2 127.0.0.1
    """
    del list_faults
    from celador import loop
    from celador.domain.errors import UsageError
    from celador.simulator.fleet import SimulateOptions

    if framing not in ("tcp", "rtu"):
        raise UsageError(f"framing {framing!r} is unknown; say tcp or rtu.")
    options = SimulateOptions(
        devices=devices,
        host=host,
        port=port,
        units_per_port=units_per_port,
        framing="rtu" if framing == "rtu" else "tcp",
        seed=seed,
        speed=speed,
        scenario=scenario,
        faults=tuple(fault or ()),
        http_port=http_port,
    )
    loop.run(_simulate(options, as_json))


async def _simulate(options: SimulateOptions, as_json: bool) -> None:
    from celador.cli.runtime import stop_on_signals
    from celador.simulator.service import serve

    with stop_on_signals() as stop:
        simulation = await serve(options)
        try:
            if as_json:
                addresses = {
                    name: {"host": host, "port": port, "unit": unit}
                    for name, (host, port, unit) in simulation.addresses.items()
                }
                typer.echo(json.dumps({"devices": addresses, "http_port": simulation.http_port}))
            else:
                _announce(simulation.ports, options, simulation.http_port)
            await stop.wait()
        finally:
            await simulation.close()


def _announce(ports: list[int], options: SimulateOptions, http_port: int | None) -> None:
    where = f"{ports[0]}" if len(ports) == 1 else f"{ports[0]} to {ports[-1]}"
    typer.echo(f"{options.devices} simulated recloser(s) at {options.host}, port {where}")
    if http_port is not None:
        typer.echo(f"HTTP API at http://127.0.0.1:{http_port}/openapi.json")
    typer.echo("Ctrl-C stops.")
