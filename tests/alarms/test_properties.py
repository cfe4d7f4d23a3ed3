"""What holds whatever is read, however often nothing is, and whenever the monitor is killed."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from celador.domain.alarm import Alarm, AlarmState
from celador.domain.alarms.machine import NotPossibleError
from celador.domain.sample import Quality, Sample
from celador.ports import Record
from tests.alarms.timelines import Bench, Timeline
from tests.operations.probe import RC10

QUANTITIES = (
    *("va", "vb", "vc", "vr", "vs", "vt"),
    *("vab", "vbc", "vca", "ia", "ib", "ic", "in_res", "p_act", "p_react"),
    *("frec", "sec_abc", "sec_rst", "dir_oc"),
)
ANALOG = {
    *("TENSION_ALTA", "TENSION_BAJA", "TENSION_CRITICA", "SIN_TENSION_FUENTE", "FASE_AUSENTE"),
    *("DESBALANCE_U", "DESBALANCE_I", "SOBRECORRIENTE_1", "SOBRECORRIENTE_2", "RESIDUAL"),
    *("FRECUENCIA_1", "FRECUENCIA_2", "FRECUENCIA_3", "FP_BAJO", "FP_MES", "SECUENCIA_FASES"),
    *("FLUJO_INVERSO", "DATO_CONGELADO"),
}
STATUS_POINTS = RC10.group("status")
BITS = ("10003", "10098", "10101", "10106", "10111", "10118", "10120", "10121", "10124")
PEOPLE = ("ack", "shelve", "unshelve", "out", "in", "reset")

values = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from([None, 0.0, 1.0, 48.0, 50.0, 100.0, 7000.0, 7621.0, 12000.0, 13200.0])
        for name in QUANTITIES
    },
)
steps = st.lists(
    st.tuples(
        st.sampled_from(["poll", "poll", "poll", "nothing", "silent", "kill", "person", "bit"]),
        values,
        st.sampled_from(BITS),
        st.sampled_from(PEOPLE),
        st.sampled_from([1, 5, 60, 700, 50_000]),
        st.integers(1, 30),
    ),
    max_size=25,
)


class Story(Bench):
    """A bench that is told what was read."""

    def __init__(self) -> None:
        super().__init__(
            Timeline(
                settings={"line_limit_a": 90, "ef1_pickup_a": 40, "base_current_a": 100, "ar": True}
            )
        )
        self.now = 0.0
        self.bits: dict[str, bool] = {}
        for _ in range(3):
            self.pass_(1)
            self.poll({})

    def try_deed(self, deed: str) -> None:
        """A person does it to every open alarm, where its state allows it."""
        for alarm in list(self.centre.book):
            with suppress(NotPossibleError):
                self.act(deed, alarm, self.now)

    def pass_(self, seconds: float) -> None:
        self.now += seconds
        self.store(self.centre.pass_time(self.at(self.now)), self.now)

    def poll(self, measured: dict[str, float | None]) -> None:
        status = (
            {point.key: False for point in STATUS_POINTS}
            | {"closed": True, "ar_on": True, "prot_on": True}
            | self.bits
        )
        if status != self._values:
            self._values = status
        at = self.at(self.now)
        records: list[Record] = [Sample(1, at, measured, None, Quality.GOOD)]
        self.watch.conclude(records, self._values, at)
        self.store(records, self.now)


def analog(bench: Bench) -> dict[tuple[str, int], int | None]:
    """Every analogue alarm ever raised, and when its condition went."""
    return {
        (alarm.code, alarm.key): alarm.ended
        for alarm in bench.disk.values()
        if alarm.code in ANALOG
    }


def legal(alarm: Alarm) -> bool:
    over = alarm.state is AlarmState.NORMAL
    return (
        (alarm.closed is not None) == over
        and (alarm.state is not AlarmState.SHELVED or alarm.shelved_until is not None)
        and (alarm.state is not AlarmState.OUT_OF_SERVICE or alarm.out_of_service is not None)
        and (alarm.state not in (AlarmState.UNACK, AlarmState.ACK) or alarm.ended is None)
        and (alarm.shelved_until is None) == (alarm.shelved is None)
    )


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_states_stay_legal_and_missing_data_moves_no_analogue_alarm(
    story: list[tuple[str, dict[str, float | None], str, str, int, int]],
) -> None:
    bench = Story()
    for what, measured, bit, deed, seconds, times in story:
        for _ in range(times):
            before = analog(bench)
            bench.pass_(seconds)
            if what == "poll":
                bench.poll(measured)
            elif what == "bit":
                point = next(p.key for p in STATUS_POINTS if str(p.reference) == bit)
                bench.bits[point] = not bench.bits.get(point, False)
                bench.poll({})
            elif what == "nothing":
                bench.poll(dict.fromkeys(QUANTITIES))
            elif what == "silent":
                bench.store(bench.watch.silent(bench.at(bench.now)), bench.now)
            elif what == "kill":
                bench.start()
                bench.store(bench.centre.start(bench.at(bench.now)), bench.now)
            else:
                bench.try_deed(deed)
            if what != "poll":
                assert analog(bench) == before, what
        for alarm in bench.disk.values():
            assert legal(alarm), alarm
        assert {a for a in bench.disk.values() if a.closed is None} == set(bench.centre.book)
