"""How a device is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from celador.domain.link_limits import BAUDRATE, PARITY, PORT, STOPBITS, TIMEOUT_S, UNIT


@dataclass(frozen=True, slots=True)
class ModbusLink:
    """Where a device is and how its line is set; the fields of other transports are ignored.

    Attributes:
        transport: `tcp` is Modbus TCP; `rtu-over-tcp` is RTU frames through a transparent serial
            server; `rtu` is a serial port of this machine.
        host: name or address, for the two TCP transports.
        port: TCP port, 1 to 65535.
        unit: unit identifier or serial address, 0 to 255 (1 to 247 on a serial line, where 0 is a
            broadcast that nobody answers).
        timeout: longest wait for the connection and for each whole answer, seconds.
        serial_port: device name of the serial port, for `rtu`.
        baudrate: bit/s.
        parity: none, even or odd.
        stopbits: 1 or 2.
    """

    transport: Literal["tcp", "rtu-over-tcp", "rtu"] = "tcp"
    host: str = "127.0.0.1"
    port: int = PORT.default
    unit: int = UNIT.default
    timeout: float = TIMEOUT_S.default
    serial_port: str = ""
    baudrate: int = BAUDRATE.default
    parity: Literal["N", "E", "O"] = PARITY
    stopbits: int = STOPBITS

    @property
    def place(self) -> str:
        """Where the device is, as messages name it."""
        return self.serial_port if self.transport == "rtu" else f"{self.host}:{self.port}"
