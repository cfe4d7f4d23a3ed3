"""What the simulator's server needs of a simulated controller, and nothing more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class RefusedError(Exception):
    """The controller answers a request with this Modbus exception code.

    Attributes:
        code: 1 to 11 (MODBUS Application Protocol V1.1b3, clause 7).
    """

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"Modbus exception {code}")


class Controller(Protocol):
    """One simulated controller as the network sees it; addresses are PDU addresses from 0.

    Every method first brings the plant up to `now` (simulated seconds since the start of the
    simulation, never going backwards). Reads raise `RefusedError(2)` outside the tables.
    """

    name: str

    def read_coils(self, address: int, count: int, now: float) -> Sequence[bool]:
        """The last commanded states of `count` coils."""

    def read_discrete_inputs(self, address: int, count: int, now: float) -> Sequence[bool]:
        """`count` discrete inputs, all of one instant."""

    def read_input_registers(self, address: int, count: int, now: float) -> Sequence[int]:
        """`count` registers, 0 to 65535, all of one instant."""

    def read_holding_registers(self, address: int, count: int, now: float) -> Sequence[int]:
        """`count` registers, 0 to 65535: the controller's clock."""

    def write_coil(self, address: int, on: bool, now: float) -> None:
        """An operator's command; raises `RefusedError(5)` when accepted, 3 when in local mode."""

    def powered(self, now: float) -> bool:
        """False while the controller has neither AC supply nor battery: its sockets are closed."""

    def play(self, scenario: str, now: float) -> None:
        """Start a scenario of the library by name, or of a file; raises `ScenarioError`."""

    def act(self, action: Mapping[str, Any], now: float) -> None:
        """Carry out one action of the scenario language now; raises `ScenarioError`."""

    def describe(self, now: float) -> Mapping[str, Any]:
        """A summary for people and for the HTTP API: position, load, running scenarios."""
