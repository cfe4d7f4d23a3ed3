"""Settings of the alarms: what the catalogue does not know of an installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from celador.config.base import Settings
from celador.domain.alarm import Priority
from celador.domain.alarms.catalogue import AlarmKind, Latch, catalogue


def _known(code: str) -> str:
    if code not in catalogue():
        raise ValueError("must be a code of the catalogue; celador alarms catalogue lists them")
    return code


Code = Annotated[str, AfterValidator(_known)]
Amperes = Annotated[float, Field(gt=0, le=100_000)]
Seconds = Annotated[float, Field(ge=0, le=30 * 86_400)]
Expected = Literal["on", "any"]


class AlarmEntry(Settings):
    """What differs from the catalogue in one alarm; None leaves it as it is there.

    Attributes:
        priority: 1 critical, 2 high, 3 medium, 4 kept in the list only.
        limit: in the unit of the catalogue.
        weekly_limit: so many in 7 days recur as well; only FALLA_RECURRENTE looks at it.
        deadband: same unit.
        on_delay_s: s for which the condition must hold.
        off_delay_s: s for which it must be gone.
        reads: readings in a row that must say so.
        latch: how long it stays when its condition has gone.
        disabled: it is not raised at all.
    """

    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    limit: float | None = None
    weekly_limit: Annotated[float, Field(ge=1)] | None = None
    deadband: Annotated[float, Field(ge=0)] | None = None
    on_delay_s: Seconds | None = None
    off_delay_s: Seconds | None = None
    reads: Annotated[int, Field(ge=1, le=100)] | None = None
    latch: Literal["no", "ack", "reset"] | None = None
    disabled: bool | None = None

    def applied(self, kind: AlarmKind) -> AlarmKind:
        """The catalogue's entry with these differences."""
        given: dict[str, Any] = self.model_dump(exclude_none=True)
        if self.priority is not None:
            given["priority"] = Priority(self.priority)
        if self.latch is not None:
            given["latch"] = Latch(self.latch)
        return replace(kind, **given)


class AlarmConfig(Settings):
    """What holds for every recloser that does not say otherwise.

    Attributes:
        link: how reclosers are reached; radio and cellular links may be silent for longer.
        expected_ar: whether reclosing must be on.
        expected_ef: whether the earth-fault protection must be on.
        expected_sef: whether the sensitive earth-fault protection must be on.
        expected_group: setting group that must be active, 1 to 4; None for any.
        reverse_flow_expected: power may flow towards the source.
        own_orders: causes of openings by the own people; any other is critical. None: all are.
        autonomy_h: hours that a battery carries its control; None where nobody knows.
        catalogue: what differs from the catalogue, by code.
    """

    link: Literal["wired", "radio"] = "wired"
    expected_ar: Expected = "on"
    expected_ef: Expected = "any"
    expected_sef: Expected = "any"
    expected_group: Annotated[int, Field(ge=1, le=4)] | None = None
    reverse_flow_expected: bool = False
    own_orders: tuple[Annotated[str, StringConstraints(min_length=1)], ...] | None = None
    autonomy_h: Annotated[float, Field(gt=0, le=1000)] | None = None
    catalogue: Mapping[Code, AlarmEntry] = Field(default_factory=dict)


class DeviceAlarms(Settings):
    """What holds for one recloser; None follows [alarms].

    Attributes:
        link: how it is reached.
        expected_ar: whether reclosing must be on.
        expected_ef: whether the earth-fault protection must be on.
        expected_sef: whether the sensitive earth-fault protection must be on.
        expected_group: setting group that must be active, 1 to 4.
        reverse_flow_expected: power may flow towards the source.
        own_orders: causes of openings by the own people.
        autonomy_h: hours that its battery carries its control.
        line_limit_a: what the line may carry, A.
        transformer_limit_a: what the transformer may, A.
        oc1_pickup_a: pickup of OC1, A; five sixths of it are a limit too.
        ef1_pickup_a: pickup of EF1, A.
        catalogue: what differs from the catalogue and from [alarms], by code.
    """

    link: Literal["wired", "radio"] | None = None
    expected_ar: Expected | None = None
    expected_ef: Expected | None = None
    expected_sef: Expected | None = None
    expected_group: Annotated[int, Field(ge=1, le=4)] | None = None
    reverse_flow_expected: bool | None = None
    own_orders: tuple[Annotated[str, StringConstraints(min_length=1)], ...] | None = None
    autonomy_h: Annotated[float, Field(gt=0, le=1000)] | None = None
    line_limit_a: Amperes | None = None
    transformer_limit_a: Amperes | None = None
    oc1_pickup_a: Amperes | None = None
    ef1_pickup_a: Amperes | None = None
    catalogue: Mapping[Code, AlarmEntry] = Field(default_factory=dict)


def kinds_of(*layers: Mapping[str, AlarmEntry]) -> dict[str, AlarmKind]:
    """The catalogue with every layer of differences laid over it, the last one winning."""
    kinds = dict(catalogue())
    for layer in layers:
        for code, entry in layer.items():
            kinds[code] = entry.applied(kinds[code])
    return kinds
