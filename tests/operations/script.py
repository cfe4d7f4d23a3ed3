"""A controller that shows what a timeline writes down, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

_REGISTER = re.compile(r"(3\d{4})([=+])(\d+)")


class ScriptedController:
    """Bits and registers by reference, as they stand at an instant.

    It begins closed, with group 1, 13.2 kV on both sides, 100 A and 2 MW, and 240 operations.
    """

    def __init__(self, points: Sequence[tuple[float, list[str]]]) -> None:
        self._points = sorted(points, key=lambda line: line[0])
        self._bits = [False] * 190
        self._registers = [0] * 99
        for reference in (10075, 10088, 10089, 10099):
            self._bits[reference - 10001] = True
        self._registers[0:3] = [100] * 3
        self._registers[4:10] = [7621] * 6
        self._registers[27] = 2000
        self._registers[60:62] = [5000, 5000]
        self._registers[71] = 240

    def read_discrete_inputs(self, address: int, count: int, now: float) -> Sequence[bool]:
        self._advance(now)
        return self._bits[address : address + count]

    def read_input_registers(self, address: int, count: int, now: float) -> Sequence[int]:
        self._advance(now)
        return self._registers[address : address + count]

    def play(self, scenario: str, now: float) -> None:
        raise AssertionError("this controller plays nothing")

    def _advance(self, now: float) -> None:
        while self._points and self._points[0][0] <= now + 1e-9:
            for token in self._points.pop(0)[1]:
                self._set(token)

    def _set(self, token: str) -> None:
        if re.fullmatch(r"-?1\d{4}", token):
            self._bits[int(token.lstrip("-")) - 10001] = not token.startswith("-")
            return
        found = _REGISTER.fullmatch(token)
        assert found, f"cannot read {token!r}"
        place, number = int(found[1]) - 30001, int(found[3])
        self._registers[place] = number + (self._registers[place] if found[2] == "+" else 0)
