"""`celador record`: what the store holds of a recloser, as a timeline to replay."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from celador.cli.records import ConfigFile, StoreFile, Zone, reading


def record(
    device: Annotated[str, typer.Option("--device", help="Name or id of the recloser.")],
    start: Annotated[
        str, typer.Option("--from", help="First instant: 2026-11-01T10:30, -1h, today.")
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", help="The file to write; - for standard output.")
    ],
    end: Annotated[
        str, typer.Option("--to", help="Instant before which it ends, written like --from.")
    ] = "now",
    timezone: Zone = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Write what the store holds of a recloser as a timeline, to be run by celador replay.

    Every change of every status point, the measurements and the counters as they were read, the
    time without a link, the restarts of the monitor. Nothing is asked of the device.

    celador record --device norte --from 2026-11-20T13:00 --to 2026-11-20T14:00 --output norte.txt

    celador replay norte.txt
    """
    from celador.domain.errors import UsageError
    from celador.pipeline.watch import SUBJECT
    from celador.profiles.schema import load_profile
    from celador.surfaces.export import write_export
    from celador.surfaces.replay.recording import Recorded, Recording

    with reading(start, end, [device], timezone, config, store) as (reader, choice):
        if len(choice.device_ids) != 1:
            raise UsageError(f"{device} is more than one recloser; give the id of one")
        (number,) = choice.device_ids
        known = {each.id: each for each in reader.devices()}[number]
        what = Recorded(
            known,
            load_profile(known.profile),
            choice.start,
            choice.end,
            reader.memories(SUBJECT).get(number),
        )
        lines = Recording(reader, what).lines()
        if output == "-":
            for line in lines:
                sys.stdout.write(f"{line}\n")
            return
        text = "".join(f"{line}\n" for line in lines)
        write_export(Path(output), lambda out: out.write(text.encode()))
    typer.echo(f"{output}: {text.count(chr(10))} lines; celador replay {output}", err=True)
