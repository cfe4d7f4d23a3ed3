"""One connection to one device, from its opening to its end; a new attempt is a new `Line`.

pymodbus opens the link, cuts frames and decodes them. The waiting is ours, through the hooks that
its clients document, because its own waiting does not notice a dropped link and keeps a link after
a timeout, when the next answer can be the previous request's:

- `trace_packet` sees each packet before it leaves and all bytes that come in: the watch of
  `celador.sources.wire` stands there, and nothing passes it but reads and their answers;
- `trace_pdu` hands over the decoded answer;
- `trace_connect` tells that the link is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.pdu import ModbusPDU

from celador.domain.blocks import Table
from celador.domain.errors import DeviceRefusedError, SourceError
from celador.sources.answers import ANSWERS, Cells
from celador.sources.faults import FOREIGN, Faults
from celador.sources.link import ModbusLink
from celador.sources.wire import Expected, OutOfStepError, expect_rtu, expect_tcp

Client = AsyncModbusTcpClient | AsyncModbusSerialClient

_UNLIMITED = 1 << 30

# With each ERROR, pymodbus logs the frames of all devices; `celador.link` says what matters. Who
# wants to see the frames sets this logger to DEBUG.
_foreign_log = logging.getLogger("pymodbus")
if _foreign_log.level == logging.NOTSET:
    _foreign_log.setLevel(logging.CRITICAL)


class Line:
    """One connection; answers one request at a time, its user sees to that."""

    def __init__(self, link: ModbusLink, faults: Faults, now: Callable[[], int]) -> None:
        """Prepare, within a running loop; nothing is opened yet.

        Args:
            link: where the device is.
            faults: names what goes wrong.
            now: wall clock, UTC in microseconds since 1970.
        """
        self.answered_at = 0
        self._link = link
        self._faults = faults
        self._now = now
        self._loop = asyncio.get_running_loop()
        self._expect = expect_tcp if link.transport == "tcp" else expect_rtu
        self._expected: Expected | None = None
        self._received = 0
        self._waiter: asyncio.Future[ModbusPDU] | None = None
        self._cause: Exception | None = None
        self._client = self._new_client()
        self._reads: dict[Table, Callable[..., Awaitable[ModbusPDU]]] = {
            Table.COIL: self._client.read_coils,
            Table.DISCRETE_INPUT: self._client.read_discrete_inputs,
            Table.HOLDING_REGISTER: self._client.read_holding_registers,
            Table.INPUT_REGISTER: self._client.read_input_registers,
        }

    def _new_client(self) -> Client:
        link = self._link
        client: Client
        if link.transport == "rtu":
            client = AsyncModbusSerialClient(
                link.serial_port,
                baudrate=link.baudrate,
                parity=link.parity,
                stopbits=link.stopbits,
                timeout=link.timeout,
                retries=0,
                reconnect_delay=0,
                trace_packet=self._watch,
                trace_pdu=self._hand_over,
                trace_connect=self._notice,
            )
        else:
            client = AsyncModbusTcpClient(
                link.host,
                port=link.port,
                framer=FramerType.SOCKET if link.transport == "tcp" else FramerType.RTU,
                timeout=link.timeout,
                retries=0,
                reconnect_delay=0,
                trace_packet=self._watch,
                trace_pdu=self._hand_over,
                trace_connect=self._notice,
            )
        for answer in ANSWERS:
            client.register(answer)
        # pymodbus drops larger lumps unseen; the watch is to see all that comes, and to close.
        client.ctx.max_buffer_size = _UNLIMITED
        create = client.ctx.call_create

        async def create_and_tell() -> object:
            # pymodbus says only that the link did not open; a person needs to know why.
            try:
                return await create()
            except Exception as cause:
                self._cause = cause
                raise

        client.ctx.call_create = create_and_tell
        return client

    @property
    def is_open(self) -> bool:
        """False before `open`, after `close`, and once the other end has gone."""
        return self._client.connected

    async def open(self) -> None:
        """Open the link, within the timeout.

        Raises:
            ConnectError: it cannot be opened; nothing is left open.
        """
        try:
            await self._connect()
        except BaseException:
            self.close()
            raise

    async def _connect(self) -> None:
        cancelled = _cancellations()
        try:
            opened = await self._client.connect()
        except Exception as cause:
            # Ports and drivers raise what they like (pyserial lets termios.error through).
            raise self._faults.not_connected(cause) from cause
        if _cancellations() > cancelled:
            # pymodbus waits with `wait_for`, which before Python 3.12 loses a cancellation that
            # comes in the moment the link opens.
            raise asyncio.CancelledError
        if not opened:
            raise self._faults.not_connected(self._cause) from self._cause

    def close(self) -> None:
        """Close the link; safe to call twice."""
        self._client.close()

    async def ask(self, table: Table, address: int, count: int) -> list[int]:
        """Read `count` cells from PDU address `address` on, in one request.

        After any error but `DeviceRefusedError` the link is out of step and must be closed.

        Raises:
            LinkError: the other end dropped the link, or kept silent longer than the timeout.
            BadAnswerError: what came is no answer to this request.
            DeviceRefusedError: the device answered with an exception.
            SourceError: no request can ask for this.
        """
        self._received = 0
        waiter: asyncio.Future[ModbusPDU] = self._loop.create_future()
        self._waiter = waiter
        timer = self._loop.call_later(self._link.timeout, self._give_up)
        try:
            # "No response expected" makes pymodbus send and not wait: the waiting is ours.
            await self._reads[table](
                address, count=count, device_id=self._link.unit, no_response_expected=True
            )
            answer = await waiter
        except FOREIGN as error:
            raise self._faults.foreign(error) from error
        finally:
            timer.cancel()
            self._waiter = self._expected = None
        if not isinstance(answer, Cells):
            raise DeviceRefusedError(answer.exception_code)
        # Bits come in whole bytes; those after the last one asked for mean nothing.
        return answer.cells[:count]

    def _watch(self, sending: bool, data: bytes) -> bytes:
        """Let through what may pass; pymodbus keeps incoming bytes until they are let through."""
        if sending:
            self._expected = self._expect(data)
            return data
        if self._expected is None or self._waiter is None or self._waiter.done():
            # Bytes that nobody asked for: the next answer could not be told from them.
            self.close()
            return b""
        self._received = len(data)
        try:
            return data if self._expected.is_whole(data) else b""
        except OutOfStepError as error:
            self._fail(self._faults.out_of_step(str(error)))
            return b""

    def _hand_over(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        if not sending and self._waiter is not None and not self._waiter.done():
            self.answered_at = self._now()
            self._waiter.set_result(pdu)
        return pdu

    def _notice(self, connected: bool) -> None:
        if not connected:
            self._fail(self._faults.lost())

    def _give_up(self) -> None:
        self._fail(self._faults.silent(self._received))

    def _fail(self, error: SourceError) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)


def _cancellations() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0
