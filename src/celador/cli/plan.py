"""`celador plan`: the requests with which a kind of device is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from celador.profiles.plan import PlannedBlock


def plan(
    profile: Annotated[
        str, typer.Option(help="Device profile: a name of the library, or a file.")
    ] = "noja-rc10",
    every: Annotated[
        bool, typer.Option("--all", help="Also what `celador read` reads and the monitor does not.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show the requests with which the monitor reads a device.

    The gap is the share of the cells that no point needs; they are read along because one request
    is cheaper than two.

    celador plan --profile noja-rc10
    """
    from celador.pipeline.schedule import GROUPS
    from celador.profiles.plan import plan_points
    from celador.profiles.schema import load_profile

    loaded = load_profile(profile)
    wanted = [point for point in loaded.points if every or point.group in GROUPS]
    planned = plan_points(loaded, wanted)
    blocks = [_described(each) for each in planned]
    if as_json:
        typer.echo(json.dumps({"profile": loaded.name, "blocks": blocks}))
        return
    from celador.cli.tables import print_table

    titles = ("function", "table", "polled as", "first", "last", "count", "points", "gap")
    print_table(
        titles,
        [
            (
                f"{block['function']:02}",
                block["table"],
                ", ".join(block["groups"]),
                *(str(block[key]) for key in ("first", "last", "count", "points")),
                f"{block['gap']:.0%}",
            )
            for block in blocks
        ],
        right=5,
    )
    typer.echo(
        "Addresses count from 0. Groups are polled with the periods of [polling]; the clock is "
        "asked when the link comes up and once an hour."
    )


def _described(planned: PlannedBlock) -> dict[str, Any]:
    block = planned.block
    covered = {cell for point in planned.points for cell in range(point.address, point.end)}
    return {
        "function": block.table.function,
        "table": block.table.value,
        "groups": list(dict.fromkeys(point.group for point in planned.points)),
        "first": block.address,
        "last": block.end - 1,
        "count": block.count,
        "points": len(planned.points),
        "gap": round(1 - len(covered) / block.count, 4),
    }
