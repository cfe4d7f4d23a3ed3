"""What holds for every history of a recloser, however badly it was watched."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from celador.documents import dump, load
from celador.domain.operation import Operation, Span
from celador.pipeline.operations.context import CLOSED_STATES, OPEN_STATES, Context, State
from celador.pipeline.operations.facts import Facts, Position
from celador.pipeline.operations.settings import SequenceSettings
from celador.pipeline.operations.tracker import OperationTracker, Snapshot
from celador.pipeline.operations.witnesses import COUNTED
from tests.operations.probe import EPOCH, READER, Ledger

SECOND = 1_000_000
ELEMENTS = ["OC1+", "OC3+", "EF1+", "SEF+", "UV1", "UF"]
COUNTERS = {
    "OC1+": ["disp_oc_a", "disp_oc_b"],
    "OC3+": ["disp_oc_a"],
    "EF1+": ["disp_ef"],
    "SEF+": ["disp_sef"],
    "UV1": ["disp_uv"],
    "UF": ["disp_uf"],
}


class Recloser:
    """Moves as a recloser can, counts what it does, and knows what it did."""

    def __init__(self, co_counted_at: str) -> None:
        self.counters: dict[str, float | int | None] = dict.fromkeys(COUNTED, 0)
        self.counters["co_total"] = 240
        self.closed = True
        self.tripped = self.lockout = self.dead_time = self.pickup = False
        self.opened_by: tuple[str, ...] = ()
        self.closed_by: tuple[str, ...] = ()
        self.co_counted_at = co_counted_at
        self.trips = 0

    def facts(self) -> Facts:
        return Facts(
            position=Position.CLOSED if self.closed else Position.OPEN,
            tripped=self.tripped,
            lockout=self.lockout,
            dead_time=self.dead_time,
            pickup=self.pickup,
            initiated=self.pickup or self.dead_time,
            opened_by=self.opened_by,
            closed_by=self.closed_by,
            group=1,
        )

    def move(self, deed: str, element: str) -> None:
        if deed == "pickup":
            self.pickup = self.closed and not self.pickup
        elif deed in ("trip", "last trip", "trip without reclosing") and self.closed:
            self._open((element, "Prot"), tripped=True)
            self.dead_time = deed == "trip"
            self.lockout = deed == "last trip"
            self.trips += 1
            for name in COUNTERS[element]:
                self._count(name)
        elif deed == "open" and self.closed:
            self._open(("SCADA", "Remote"), tripped=False)
            self.lockout = True
        elif deed == "ar off" and self.dead_time:
            self.dead_time, self.lockout = False, True
        elif deed == "reclose" and self.dead_time:
            self._close(("AR_OCEF", "AR"))
        elif deed == "close" and not self.closed:
            self._close(("HMI", "Local"))

    def _open(self, causes: tuple[str, ...], *, tripped: bool) -> None:
        self.closed, self.tripped, self.pickup = False, tripped, False
        self.opened_by, self.closed_by = causes, ()
        if self.co_counted_at == "open":
            self._count("co_total")

    def _close(self, causes: tuple[str, ...]) -> None:
        self.closed, self.tripped, self.lockout, self.dead_time = True, False, False, False
        self.opened_by, self.closed_by = (), causes
        if self.co_counted_at == "close":
            self._count("co_total")

    def _count(self, name: str) -> None:
        self.counters[name] = int(self.counters[name] or 0) + 1


deeds = st.sampled_from(
    [
        "trip",
        "trip",
        "last trip",
        "trip without reclosing",
        "reclose",
        "reclose",
        "reclose",
        "open",
        "close",
        "close",
        "pickup",
        "pickup",
        "ar off",
    ]
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["poll", "poll", "poll", "move", "move", "gap", "kill"]),
        deeds,
        st.sampled_from(ELEMENTS),
        st.sampled_from([0.2, 1.0, 5.0, 31.0]),
        st.booleans(),
    ),
    max_size=60,
)


def watch(
    history: list[tuple[str, str, str, float, bool]], co: str
) -> tuple[Ledger, Recloser, OperationTracker]:
    """Play a history before the rules; at the end enough quiet for everything to settle."""
    rules = SequenceSettings(co_counted_at="open" if co == "open" else "close")
    device, ledger = Recloser(co), Ledger()
    tracker = OperationTracker(1, READER, rules)
    now = EPOCH

    def poll(seconds: float, *, counters: bool) -> None:
        nonlocal now
        now += round(seconds * SECOND)
        counted = (now, dict(device.counters)) if counters else None
        ledger.add(tracker.take(Snapshot(now, device.facts(), None, counted)))

    for _ in range(3):
        poll(1.0, counters=True)
    for what, deed, element, seconds, counters in history:
        if what == "move":
            device.move(deed, element)
        elif what == "poll":
            poll(seconds, counters=counters)
        elif what == "gap":
            now += round(20 * seconds * SECOND)
            tracker.silent(now)
        else:
            tracker = OperationTracker(1, READER, rules, load(Context, dump(tracker.context)))
    device.pickup = False
    for _ in range(60):
        poll(1.0, counters=True)
    return ledger, device, tracker


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps, st.sampled_from(["close", "open"]))
@example(  # locked out, closed and tripped between two reads, reclosed before counters were read
    [
        *[("poll", "trip", "OC1+", 0.2, False)] * 25,
        ("move", "last trip", "OC1+", 1.0, True),
        ("poll", "trip", "OC1+", 0.2, False),
        ("move", "close", "OC1+", 1.0, True),
        ("move", "trip", "OC1+", 1.0, True),
        *[("poll", "trip", "OC1+", 0.2, False)] * 3,
        ("move", "reclose", "OC1+", 1.0, True),
    ],
    "close",
)
def test_every_cycle_that_the_device_counted_is_in_some_operation(
    history: list[tuple[str, str, str, float, bool]], co: str
) -> None:
    ledger, device, tracker = watch(history, co)
    counted = int(device.counters["co_total"] or 0) - 240
    assert sum(each.cycles for each in ledger.operations.values()) == counted
    assert tracker.audit.counted == counted
    assert tracker.audit.difference == 0
    assert sum(each.trips for each in ledger.operations.values()) <= device.trips


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps, st.sampled_from(["close", "open"]))
@example(  # a dead time before and after a long gap, and a reclosing and a trip in between
    [
        ("move", "trip", "OC1+", 1.0, True),
        ("poll", "trip", "OC1+", 1.0, True),
        ("move", "reclose", "OC1+", 1.0, True),
        ("move", "trip", "OC1+", 1.0, True),
        ("gap", "trip", "OC1+", 5.0, True),
    ],
    "close",
)
@example(  # reclosed, tripped and reclosed between two reads, long after the counters were read
    [
        ("move", "trip", "OC1+", 1.0, True),
        ("poll", "trip", "OC1+", 5.0, True),
        ("poll", "trip", "OC1+", 31.0, False),
        ("move", "reclose", "OC1+", 1.0, True),
        ("move", "trip", "OC1+", 1.0, True),
        ("move", "reclose", "OC1+", 1.0, True),
    ],
    "close",
)
@example(  # opened and closed by order between two reads, within the reclaim time
    [
        ("move", "trip", "OC1+", 1.0, True),
        ("poll", "trip", "OC1+", 1.0, True),
        ("move", "reclose", "OC1+", 1.0, True),
        ("poll", "trip", "OC1+", 1.0, True),
        ("move", "open", "OC1+", 1.0, True),
        ("move", "close", "OC1+", 1.0, True),
    ],
    "close",
)
@example(  # reclosed and opened by order between two reads, long after the counters were read
    [
        *[("poll", "trip", "OC1+", 0.2, False)] * 11,
        ("move", "trip", "OC1+", 1.0, True),
        ("poll", "trip", "OC1+", 0.2, False),
        ("move", "reclose", "OC1+", 1.0, True),
        ("move", "open", "OC1+", 1.0, True),
    ],
    "close",
)
@example(  # tripped and reclosed between two reads, and again before counters were read
    [
        *[("poll", "trip", "OC1+", 0.2, False)] * 11,
        ("move", "trip", "OC1+", 1.0, True),
        ("move", "reclose", "OC1+", 1.0, True),
        ("poll", "trip", "OC1+", 0.2, False),
        ("move", "trip", "EF1+", 1.0, True),
        ("poll", "trip", "OC1+", 0.2, False),
        ("move", "reclose", "OC1+", 1.0, True),
    ],
    "close",
)
def test_operations_and_interruptions_follow_one_another(
    history: list[tuple[str, str, str, float, bool]], co: str
) -> None:
    ledger, device, tracker = watch(history, co)
    operations = sorted(ledger.operations.values(), key=_order)
    running = [each for each in operations if each.end is None]
    assert len(running) <= 1
    for one in operations:
        if one.end is not None:
            assert one.end.hi >= one.start.hi or (one.end.lo or 0) >= (one.start.lo or 0)
    for one, other in itertools.pairwise(operations):
        # In some order of the true instants, the one is over when the other begins.
        assert one.end is None or (one.end.lo or 0) < other.start.hi
    open_outages = [each for each in ledger.outages.values() if each.end is None]
    assert len(open_outages) == (0 if device.closed else 1)
    assert (tracker.context.state in CLOSED_STATES) == device.closed


def _order(operation: Operation) -> tuple[int, int]:
    end = operation.end or Span(None, 2**62)
    return (end.hi, operation.key)


facts = st.builds(
    Facts,
    position=st.sampled_from(Position),
    tripped=st.booleans(),
    lockout=st.booleans(),
    dead_time=st.booleans(),
    pickup=st.booleans(),
    initiated=st.booleans(),
    picked_up=st.lists(st.sampled_from(ELEMENTS), max_size=2).map(tuple),
    opened_by=st.lists(st.sampled_from([*ELEMENTS, "Prot", "SCADA"]), max_size=2).map(tuple),
    closed_by=st.lists(st.sampled_from(["AR", "HMI", "Undef", "ABR"]), max_size=2).map(tuple),
    group=st.none() | st.integers(1, 4),
)
readings = st.fixed_dictionaries({name: st.integers(0, 40) for name in COUNTED})
volts = st.fixed_dictionaries(
    {name: st.sampled_from([None, 0, 3000, 7621]) for name in ("va", "vb", "vc", "vr", "vs", "vt")}
)
snapshots = st.lists(
    st.tuples(
        st.none() | facts,
        st.none() | readings,
        st.none() | volts,
        st.sampled_from([-100.0, 0.2, 1.0, 5.0, 400.0]),
        st.integers(0, 9),
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshots)
def test_whatever_is_read_the_machine_stands_in_a_legal_state(
    history: list[
        tuple[Facts | None, dict[str, int] | None, dict[str, int | None] | None, float, int]
    ],
) -> None:
    rules = SequenceSettings()
    tracker, ledger, now = OperationTracker(1, READER, rules), Ledger(), EPOCH
    for said, counted, measured, seconds, chance in history:
        now += round(seconds * SECOND)
        if chance == 0:
            tracker = OperationTracker(1, READER, rules, load(Context, dump(tracker.context)))
        ledger.add(
            tracker.take(
                Snapshot(
                    now,
                    said,
                    None if measured is None else (now, measured),
                    None if counted is None else (now, counted),
                )
            )
        )
        context = tracker.context
        assert context.state in State
        assert context.state in CLOSED_STATES | OPEN_STATES | {State.UNKNOWN, State.INTERMEDIATE}
        assert len([each for each in ledger.operations.values() if each.end is None]) <= 1
        assert len([each for each in ledger.outages.values() if each.end is None]) <= 1
        assert load(Context, dump(context)) == context
