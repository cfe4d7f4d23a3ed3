"""The last hour of a recloser whose page is open, read back from what is stored."""

from __future__ import annotations

from celador.ports import SampleQuery
from celador.surfaces.live import DeviceLive
from celador.surfaces.minutes import COUNT, MINUTE
from celador.surfaces.web.parts.recloser_pictures import hour_names
from celador.surfaces.web.services import History


async def recall_hour(history: History, known: DeviceLive, now: int) -> None:
    """Let a recloser know its last hour, where this process has not seen it whole.

    Raises:
        StoreError: what is stored cannot be read.
    """
    columns = tuple(name for panel in hour_names(known) for name in panel)
    if known.minutes.complete(now, columns):
        return
    query = SampleQuery(now - (COUNT + 1) * MINUTE, now, columns, (known.device.id,))
    rows = await history(
        lambda reader: [
            (row.at, dict(zip(query.columns, row.values, strict=True)))
            for row in reader.samples(query)
        ]
    )
    known.minutes.refill(rows, now, columns)  # without a row too: what comes is kept from now on
