"""The reads of a cycle: which blocks, and what to do with each reply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from celador.domain.blocks import Block
from celador.domain.errors import ProfileError
from celador.pipeline.schedule import GROUPS, Group
from celador.profiles.codec import Decoder
from celador.profiles.plan import PlannedBlock, plan_points
from celador.profiles.schema import Point, Profile


@dataclass(frozen=True, slots=True)
class Step:
    """One request and the decoders of the groups that share its reply."""

    block: Block
    parts: tuple[tuple[Group, Decoder], ...]


class Plans:
    """Every cycle that a profile can need, planned once and shared by all its devices.

    Attributes:
        status_points: the points whose changes are events.
        clock: the request for the device's own clock, which has a cycle's end to itself so that
            the rest neither waits for it nor fails with it; None where the profile has none.
        spanning: groups whose points lie in more than one block.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        max_registers: int | None = None,
        max_gap_registers: int | None = None,
    ) -> None:
        """Plan every combination of groups; limits that are None follow the profile."""
        self._profile = profile
        self._max_registers = max_registers
        self._max_gap = max_gap_registers
        self._points: dict[Group, tuple[Point, ...]] = {g: profile.group(g) for g in GROUPS}
        self.status_points = self._points["status"]
        if not any(self._points.values()):
            raise ProfileError(
                f"profile {profile.name} has no point to poll; give its points a group"
            )
        cycle = [group for group in GROUPS if group != "clock"]
        self._steps: dict[frozenset[Group], tuple[Step, ...]] = {
            frozenset(chosen): self._plan(chosen)
            for size in range(1, len(cycle) + 1)
            for chosen in combinations(cycle, size)
        }
        alone = self._plan(("clock",)) if len(self._points["clock"]) == 1 else ()
        self.clock = alone[0] if alone else None
        self.spanning = frozenset(
            group
            for steps in self._steps.values()
            for group, blocks in Counter(g for step in steps for g, _ in step.parts).items()
            if blocks > 1
        )

    def steps(self, groups: frozenset[Group]) -> Sequence[Step]:
        """The requests that read these groups but the clock, discrete inputs first."""
        return self._steps[groups - {"clock"}]

    def _plan(self, groups: Sequence[Group]) -> tuple[Step, ...]:
        planned = plan_points(
            self._profile,
            [point for group in groups for point in self._points[group]],
            max_registers=self._max_registers,
            max_gap_registers=self._max_gap,
        )
        return tuple(self._step(block, groups) for block in planned)

    def _step(self, planned: PlannedBlock, groups: Sequence[Group]) -> Step:
        parts = []
        for group in groups:
            mine = tuple(point for point in planned.points if point.group == group)
            if mine:
                name = _key if group in ("status", "clock") else _quantity
                parts.append((group, Decoder(PlannedBlock(planned.block, mine), key=name)))
        return Step(planned.block, tuple(parts))


def _key(point: Point) -> str | None:
    return point.key


def _quantity(point: Point) -> str | None:
    return point.quantity
