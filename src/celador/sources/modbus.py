"""A device read over Modbus TCP, RTU over TCP or serial RTU."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping

from celador.domain.blocks import Block, Reply, Table
from celador.domain.errors import BadAnswerError, DeviceRefusedError, LinkError
from celador.ports import Clock
from celador.sources.faults import Faults
from celador.sources.journal import Journal
from celador.sources.line import Line
from celador.sources.link import ModbusLink
from celador.sources.refusals import SPLITTING_CODES, Refusals

__all__ = ["ModbusLink", "ModbusSource"]


class ModbusSource:
    """One device and its one link; implements `celador.ports.Source`."""

    def __init__(
        self, link: ModbusLink, clock: Clock, *, name: str, retry_refused_after: float = 600.0
    ) -> None:
        """Prepare; the first read opens the link.

        Args:
            link: how the device is reached.
            clock: stamps the replies and times the retries.
            name: the device's name, for messages.
            retry_refused_after: seconds after which cells that the device refused are tried again.
        """
        self._link = link
        self._clock = clock
        self._retry_refused_after = retry_refused_after
        self._faults = Faults(name, link)
        self._journal = Journal(name)
        self._lock = asyncio.Lock()
        self._line: Line | None = None
        self._rest_until = 0.0
        self._refusals: dict[Block, Refusals] = {}

    @property
    def refused(self) -> Mapping[Table, frozenset[int]]:
        """PDU addresses of the cells that are set aside now, by table; tables without any lack."""
        found: dict[Table, frozenset[int]] = {}
        for block, refusals in self._refusals.items():
            if cells := refusals.set_aside:
                found[block.table] = found.get(block.table, frozenset()) | cells
        return found

    async def read(self, block: Block) -> Reply:
        """Read one block; see `celador.ports.Source.read`.

        Of a block that the device refuses in part, the cells that it does not give are None. The
        first read after a refusal spends a bounded number of requests on finding them.

        Raises:
            LinkError: the link failed; it is closed, and the next read opens it anew.
            BadAnswerError: the answer is no answer to this request; the link is closed.
            DeviceRefusedError: the device refuses the whole block, or is busy.
            SourceError: no request can ask for this block.
        """
        async with self._lock:
            try:
                line = self._line
                if line is None or not line.is_open:
                    line = await self._open()
                reply = await self._ask(line, block)
            except DeviceRefusedError:
                self._journal.answered()
                raise
            except (LinkError, BadAnswerError) as error:
                self._abandon()
                self._journal.failed(error)
                raise
            except BaseException:
                self._abandon()
                raise
            self._journal.answered()
            return reply

    async def close(self) -> None:
        """Close the link once the request under way is done; safe to call twice."""
        async with self._lock:
            self._drop()

    async def _open(self) -> Line:
        self._drop()
        await self._clock.sleep(self._rest_until - self._clock.monotonic())
        line = Line(self._link, self._faults, self._clock.now)
        await line.open()
        self._line = line
        return line

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _abandon(self) -> None:
        """Close a link on which an answer may still be under way.

        RTU has no transaction number, so the line rests for as long as an answer may take: one
        that is late then finds nobody, and is not taken for the answer to the next request.
        """
        if self._line is not None and self._link.transport != "tcp":
            self._rest_until = self._clock.monotonic() + self._link.timeout
        self._drop()

    async def _ask(self, line: Line, block: Block) -> Reply:
        requested_at = self._clock.now()
        refusals = self._refusals.get(block)
        if refusals is not None:
            refusals.wake(self._clock.monotonic())
        if refusals is None or refusals.is_hopeless:
            try:
                cells = await line.ask(block.table, block.address, block.count)
            except DeviceRefusedError as refusal:
                if refusals is not None or refusal.code not in SPLITTING_CODES:
                    raise
                refusals = self._refusals[block] = Refusals(block, refusal.code)
            else:
                if refusals is not None:
                    self._forget(refusals)
                return Reply(block, cells, True, requested_at, line.answered_at)
        found = await self._ask_around(line, refusals)
        return Reply(block, found, None not in found, requested_at, line.answered_at)

    async def _ask_around(self, line: Line, refusals: Refusals) -> list[int | None]:
        """Read the sound pieces, then search the suspect ones as far as the budget goes."""
        cells: list[int | None] = [None] * refusals.block.count
        sound = deque(refusals.sound)
        while sound:
            sound.extend(await self._ask_piece(line, refusals, sound.popleft(), cells))
        for _ in range(refusals.budget):
            suspect = refusals.next_suspect()
            if suspect is None:
                break
            await self._ask_piece(line, refusals, suspect, cells)
        self._settle(refusals)
        if all(cell is None for cell in cells):
            raise DeviceRefusedError(refusals.code)
        return cells

    async def _ask_piece(
        self, line: Line, refusals: Refusals, piece: range, cells: list[int | None]
    ) -> list[range]:
        """Read one piece into its place in `cells`; when refused, say what to ask for instead."""
        try:
            values = await line.ask(refusals.block.table, piece.start, len(piece))
        except DeviceRefusedError as refusal:
            if refusal.code not in SPLITTING_CODES:
                raise
            return refusals.refuse(piece, refusal.code)
        refusals.accept(piece)
        start = piece.start - refusals.block.address
        cells[start : start + len(piece)] = values
        return []

    def _settle(self, refusals: Refusals) -> None:
        """Say once what the device does not give, or that it gives it again."""
        if not refusals.settle(self._clock.monotonic(), self._retry_refused_after):
            return
        if refusals.told and not refusals.refused:
            self._forget(refusals)
        elif refusals.told != refusals.refused:
            refusals.told = frozenset(refusals.refused)
            self._journal.set_aside(
                refusals.block, sorted(refusals.told), refusals.code, self._retry_refused_after
            )

    def _forget(self, refusals: Refusals) -> None:
        del self._refusals[refusals.block]
        self._journal.given_again(refusals.block)
