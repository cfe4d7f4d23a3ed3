"""The notifier on a real store and over real servers: once, in time, and never silently not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from celador.domain.alarm import AlarmState, Priority, Signature
from celador.domain.operation import Extremes
from celador.domain.sample import Quality, Sample, SwitchState
from celador.surfaces.notify.notifier import Notifier
from celador.surfaces.notify.queue import queue_path
from tests.notify.conftest import House
from tests.notify.records import TRIP, alarm, at, lockout
from tests.notify.servers import DEADLINE, HttpSink, free_port

HIGH = Priority.HIGH


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, not for a time."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 -- what is waited for happens in other threads
            await asyncio.sleep(0.01)


async def settled(house: House, state: str = "enviado") -> None:
    """Wait until everything in the queue is in one state."""
    await until(lambda: bool(house.entries()) and all(e.state == state for e in house.entries()))


async def sent(house: House, count: int) -> None:
    """Wait until so many notices are known to have arrived."""
    await until(lambda: sum(each.state == "enviado" for each in house.entries()) == count)


async def tried(house: House) -> None:
    """Wait until an attempt has ended."""
    await until(lambda: any(a.ended for each in house.entries() for a in each.attempts))


def a_sample() -> Sample:
    values = {"ia": 0.0, "ib": 0.0, "ic": 0.0, "vab": 13_180.0}
    return Sample(1, TRIP + 500_000, values, SwitchState.LOCKED_OUT, Quality.GOOD)


async def test_a_lockout_is_told_once_with_the_sentence_first(house: House, http: HttpSink) -> None:
    house.webhook(http, operations="all")
    async with house.running():
        house.clock.spend(60)
        await house.add(a_sample(), lockout(), alarm(operation=9))
        await until(lambda: len(http.posts) == 1)
        await house.add(
            alarm(operation=9, state=AlarmState.ACK, acknowledged=Signature(TRIP, "ana"))
        )
        await settled(house)
    (post,) = http.posts  # the operation had been told with it, currents and all
    assert post.body["title"] == (
        "[CRÍTICA] norte: BLOQUEO por falla: OC3+ A,C 1.840 A, 2 disparos (13:13:38)"
    )
    body = post.body["message"]
    assert "Equipo: norte, Ruta 9 km 12" in body
    assert "18/07/2026 13:13:38,120 -03:00" in body
    assert "abierto y bloqueado, Ia 0 A" in body
    assert "celador alarms ack 17" in body
    assert post.body["keys"] == "alarma/1/17/activa/0"
    assert post.body["priority"] == "critical"
    assert post.path == "/hooks/t0ps3cret-token"


async def test_that_it_has_gone_is_told_to_who_was_told_of_it(house: House, http: HttpSink) -> None:
    house.webhook(http)
    house.webhook(http, "otro", returns=False)
    async with house.running():
        house.clock.spend(60)
        await house.add(alarm())
        await until(lambda: len(http.posts) == 2)
        await settled(house)
        gone = alarm(state=AlarmState.RETURNED_UNACK, ended=TRIP + 90_000_000)
        await house.add(gone)
        await until(lambda: len(http.posts) == 3)
        await settled(house)
    assert http.titles[2] == "[NORMAL] norte: terminó: BLOQUEO por falla (13:15:08)"
    assert "Duró: 90 s" in http.posts[2].body["message"]


async def test_what_was_there_at_the_first_start_is_no_news(house: House, http: HttpSink) -> None:
    house.webhook(http)
    house.clock.spend(120)
    old = alarm()  # a minute before the notifier ever ran
    async with house.running():
        await house.add(old)  # changed now, as by an acknowledgement
        new = alarm(key=18, began=house.clock.now(), text_es="SIN CONTROL")
        await house.add(new)
        await until(lambda: len(http.posts) == 1)
        await settled(house)
    assert "SIN CONTROL" in http.titles[0]


async def test_a_restart_tells_what_became_durable_meanwhile_and_nothing_twice(
    house: House, http: HttpSink
) -> None:
    house.webhook(http)
    async with house.running():
        house.clock.spend(60)
        await house.add(alarm())
        await settled(house)
    # The monitor's store goes on without a notifier, as after a crash between the two.
    async with house.running() as running:
        assert isinstance(running.notifier, Notifier)
        running.notifier.stop()
        await running.add(
            alarm(key=18), alarm(state=AlarmState.ACK, acknowledged=Signature(1, "x"))
        )
    async with house.running():
        await until(lambda: len(http.posts) == 2)
        await settled(house)
    assert len(http.posts) == 2


async def test_who_was_told_of_what_is_known_for_two_years(house: House, http: HttpSink) -> None:
    house.webhook(http)
    async with house.running():
        house.clock.spend(60)
        await house.add(alarm())
        await settled(house)
        house.later(729 * 86_400)
        assert await asyncio.to_thread(house.idle)
        assert [each.key for each in house.entries()] == ["alarma/1/17/activa/0"]
        house.later(2 * 86_400)
        assert await asyncio.to_thread(house.idle)
        assert house.entries() == []


async def test_an_outage_of_the_server_delays_and_loses_nothing(house: House) -> None:
    sink, port = HttpSink(), free_port()
    sink.port = port
    house.webhook(sink)
    async with house.running():
        house.clock.spend(60)
        await house.add(alarm(priority=HIGH))
        await tried(house)
        (entry,) = house.entries()
        assert entry.state == "pendiente"
        assert "refuses the connection" in str(entry.attempts[0].reason)
        await house.add(alarm(key=18, priority=HIGH, text_es="OTRA"))
        with sink.serving(port):
            house.later(1200)
            await until(lambda: len(sink.posts) == 2)
            await settled(house)
    assert "BLOQUEO" in sink.titles[0]
    assert "OTRA" in sink.titles[1]
    assert "Enviado con 20 min de demora." in sink.posts[0].body["message"]


async def test_a_new_critical_alarm_does_not_wait_out_the_back_off(house: House) -> None:
    sink, port = HttpSink(), free_port()
    sink.port = port
    house.webhook(sink)
    async with house.running():
        house.clock.spend(60)
        await house.add(alarm(priority=HIGH))
        await tried(house)
        with sink.serving(port):
            house.clock.spend(0.001)  # the back-off still has 5 s to go
            await house.add(alarm(key=18, text_es="OTRA"))
            await until(lambda: len(sink.posts) == 2)
            await settled(house)
    assert "[CRÍTICA]" in sink.titles[0]


async def test_a_server_that_hangs_delays_no_other(house: House, http: HttpSink) -> None:
    with HttpSink().serving() as stuck:
        stuck.gate.clear()
        house.webhook(stuck, "colgado")
        house.webhook(http, "sano")
        async with house.running():
            house.clock.spend(60)
            await house.add(alarm())
            await until(lambda: len(stuck.posts) == 1)
            await until(lambda: len(http.posts) == 1)
            await house.add(alarm(key=18))
            await until(lambda: len(http.posts) == 2)
            assert {e.state for e in house.entries() if e.destination == "colgado"} == {
                "enviando",
                "pendiente",
            }
            stuck.gate.set()
            await settled(house)
        assert len(stuck.posts) == 2


async def test_a_thread_that_never_comes_back_is_given_up_and_the_message_marked(
    house: House,
) -> None:
    with HttpSink().serving() as stuck:
        stuck.gate.clear()
        house.webhook(stuck, timeout_s=5.0)
        async with house.running():
            house.clock.spend(60)
            await house.add(alarm(priority=HIGH))
            await until(lambda: len(stuck.posts) == 1)
            house.later(31)  # six times the longest silence
            await until(lambda: house.entries()[0].doubt == 1)
            stuck.gate.set()
            await settled(house)  # what came back late is noted, and not sent again
        assert len(stuck.posts) == 1
        assert house.entries()[0].attempts[0].result == "entregado"


async def test_what_can_never_be_sent_is_put_aside_with_its_reason(house: House) -> None:
    with HttpSink(status=422).serving() as sink:
        house.webhook(sink)
        async with house.running():
            house.clock.spend(60)
            await house.add(alarm(priority=HIGH))
            await settled(house, "apartado")
            house.later(3600)
            await house.add(alarm(key=18, priority=HIGH))
            await until(lambda: sink.refused == 2)
    (first, _) = house.entries()
    assert first.attempts[0].reason == "the webhook: it answers HTTP 422"
    assert len(first.attempts) == 1


async def test_a_critical_alarm_that_one_channel_cannot_deliver_goes_to_another(
    house: House, http: HttpSink
) -> None:
    with HttpSink(status=422).serving() as sink:
        house.webhook(sink, "roto")
        house.webhook(http, "sano", devices=["sur"])
        async with house.running():
            house.clock.spend(60)
            await house.add(alarm())
            await until(lambda: len(http.posts) == 1)
    assert "[CRÍTICA] norte" in http.titles[0]
    assert "no había otro que lo recibiera" in http.posts[0].body["message"]


async def test_a_critical_alarm_that_nobody_would_hear_of_goes_to_all(
    house: House, http: HttpSink
) -> None:
    house.webhook(http, devices=["sur"])
    async with house.running():
        house.clock.spend(60)
        await house.add(alarm())
        await until(lambda: len(http.posts) == 1)
    assert "no había otro que lo recibiera" in http.posts[0].body["message"]


async def test_a_storm_is_put_together_and_says_how_many(house: House, http: HttpSink) -> None:
    house.webhook(http, max_per_hour=4)
    async with house.running():
        house.clock.spend(60)
        storm = [
            alarm(key=100 + n, code=f"C{n}", priority=HIGH, text_es=f"CASO {n}") for n in range(40)
        ]
        storm.append(alarm(key=200, code="PEOR", priority=Priority.CRITICAL, text_es="LO PEOR"))
        await house.add(*storm)
        await settled(house)
    (post,) = http.posts
    assert post.body["title"] == "[CRÍTICA] norte: LO PEOR (13:13:38) y 40 más"
    listed = [line for line in post.body["message"].splitlines() if line.startswith("- ")]
    assert len(listed) == 41
    assert listed[0] == "- 18/07 [CRÍTICA] norte: LO PEOR (13:13:38)"
    assert {f"CASO {n} (" in post.body["message"] for n in range(40)} == {True}


async def test_beyond_the_limit_it_waits_and_is_put_together(house: House, http: HttpSink) -> None:
    house.webhook(http, max_per_hour=4)
    async with house.running():
        house.clock.spend(60)
        for number in range(3):  # one of the four is kept for what is critical
            await house.add(alarm(key=100 + number, code=f"A{number}", priority=HIGH))
            await sent(house, number + 1)
        assert len(http.posts) == 3
        for number in range(5):
            await house.add(alarm(key=200 + number, code=f"B{number}", priority=HIGH))
        await until(lambda: len(house.entries()) == 8)
        assert len(http.posts) == 3
        house.later(16 * 60)  # a quarter of an hour fills in one
        await settled(house)
    assert len(http.posts) == 4
    assert http.titles[3].endswith("y 4 más")


async def test_a_digest_waits_for_its_hour(house: House, http: HttpSink) -> None:
    house.webhook(http, digest=["medium"], digest_at="hourly")
    async with house.running():
        house.clock.spend(60)
        for number in range(3):
            await house.add(alarm(key=100 + number, code=f"A{number}", priority=Priority.MEDIUM))
        await house.add(alarm(key=300, code="URGE", priority=HIGH, text_es="URGE"))
        await until(lambda: len(http.posts) == 1)
        assert "URGE" in http.titles[0]
        await sent(house, 1)
        house.later((at("2026-07-18 14:00") - house.clock.now()) / 1e6)
        await until(lambda: len(http.posts) == 2)
        await settled(house)
    assert http.titles[1] == "[RESUMEN] norte: BLOQUEO por falla (13:13:38) y 2 más"


async def test_the_quiet_hours_hold_back_and_the_morning_tells(
    house: House, http: HttpSink
) -> None:
    house.webhook(http, hours="07:00-22:00")
    house.clock.spend((at("2026-07-18 23:00") - house.clock.now()) / 1e6)
    async with house.running():
        night = house.clock.now()
        for number in range(2):
            held = alarm(key=100 + number, code=f"A{number}", priority=HIGH, began=night)
            await house.add(held)
        await house.add(alarm(key=300, code="URGE", began=night, text_es="URGE"))
        await until(lambda: len(http.posts) == 1)
        assert "URGE" in http.titles[0]
        await sent(house, 1)
        house.later(8 * 3600)
        await until(lambda: len(http.posts) == 2)
        await settled(house)
    assert http.titles[1] == "[RESUMEN] norte: BLOQUEO por falla (23:00:00) y 1 más"


async def test_what_waits_is_told_as_it_is_when_it_goes(house: House, http: HttpSink) -> None:
    house.webhook(http, digest=["medium"], digest_at="hourly")
    async with house.running():
        house.clock.spend(60)
        await house.add(
            alarm(priority=Priority.MEDIUM), alarm(key=18, code="X", priority=Priority.MEDIUM)
        )
        await until(lambda: len(house.entries()) == 2)
        gone = alarm(
            priority=Priority.MEDIUM, state=AlarmState.RETURNED_UNACK, ended=TRIP + 60_000_000
        )
        shelved = alarm(
            key=18,
            code="X",
            priority=Priority.MEDIUM,
            state=AlarmState.SHELVED,
            shelved=Signature(TRIP, "ana"),
            shelved_until=TRIP + 3_600_000_000,
            reason="mantenimiento",
        )
        await house.add(gone, shelved)
        house.later(3600)
        await until(lambda: len(http.posts) == 1)
        await until(lambda: "pendiente" not in {state for _, state in house.states()})
    assert http.titles == ["[MEDIA] norte: BLOQUEO por falla (13:13:38, ya terminó 13:14:38)"]
    assert house.states() == [
        ("alarma/1/17/activa/0", "enviado"),
        ("alarma/1/18/activa/0", "retirado"),
        ("alarma/1/17/normal/0", "retirado"),  # the one that was sent says it
    ]


async def test_what_has_no_duration_is_told_once_and_not_again_as_gone(
    house: House, http: HttpSink
) -> None:
    house.webhook(http)
    moment = alarm(
        code="RECIERRE_OK",
        priority=Priority.MEDIUM,
        state=AlarmState.RETURNED_UNACK,
        ended=TRIP,
        text_es="Recierre exitoso",
    )
    async with house.running():
        house.clock.spend(60)
        await house.add(moment)
        await sent(house, 1)
        seen = Signature(TRIP + 90_000_000, "ana")
        await house.add(
            replace(moment, state=AlarmState.NORMAL, closed=TRIP + 90_000_000, acknowledged=seen)
        )
        assert await asyncio.to_thread(house.idle)
    assert http.titles == ["[MEDIA] norte: Recierre exitoso (13:13:38)"]


async def test_an_alarm_that_comes_back_is_told_with_the_time_of_its_coming_back(
    house: House, http: HttpSink
) -> None:
    on = alarm(priority=HIGH, text_es="Sin comunicación")
    gone = replace(on, state=AlarmState.RETURNED_UNACK, ended=TRIP + 120_000_000)
    again = replace(on, repeats=1, came_back=TRIP + 595_000_000)
    over = replace(again, state=AlarmState.RETURNED_UNACK, ended=TRIP + 690_000_000)
    house.webhook(http, name="otro", codes=["NADA"])
    async with house.running():
        await house.add(on, gone)
    house.clock.spend(60 + 130)
    house.webhook(http)  # it knows nothing of the first time
    async with house.running():
        house.clock.spend(600 - 130)
        await house.add(again)
        await sent(house, 1)
        house.clock.spend(90)
        await house.add(over)
        await sent(house, 2)
    assert http.titles == [
        "[ALTA] norte: Sin comunicación (13:23:33)",
        "[NORMAL] norte: terminó: Sin comunicación (13:25:08)",
    ]
    first = "Primera vez: 18/07/2026 13:13:38,120 -03:00; volvió una vez\n"
    assert "Visto: 18/07/2026 13:23:33,120 -03:00\n" + first in http.posts[0].body["message"]
    assert "Duró: 95 s\n" + first in http.posts[1].body["message"]


async def test_what_came_back_and_went_while_nobody_looked_is_told_as_over(
    house: House, http: HttpSink
) -> None:
    on = alarm()
    gone = replace(on, state=AlarmState.RETURNED_UNACK, ended=TRIP + 120_000_000)
    again = replace(on, repeats=1, came_back=TRIP + 595_000_000)
    over = replace(again, state=AlarmState.RETURNED_UNACK, ended=TRIP + 690_000_000)
    house.webhook(http)
    async with house.running():
        house.clock.spend(60)
        await house.add(on)
        await sent(house, 1)
    async with house.running() as running:  # the store goes on, the notifier does not
        assert running.notifier is not None
        running.notifier.stop()
        for each in (gone, again, over):
            await running.add(each)
    house.clock.spend(900)
    async with house.running():
        await sent(house, 2)
        await house.add(replace(over, state=AlarmState.NORMAL, closed=house.clock.now()))
        assert await asyncio.to_thread(house.idle)
    assert http.titles[1:] == ["[CRÍTICA] norte: BLOQUEO por falla (13:23:33, ya terminó 13:25:08)"]
    body = http.posts[1].body["message"]
    assert "Visto: 18/07/2026 13:23:33,120 -03:00\n" in body
    assert "Terminó: 18/07/2026 13:25:08,120 -03:00\n" in body


async def test_that_it_has_gone_is_told_when_the_alarm_is_no_longer_shelved(
    house: House, http: HttpSink
) -> None:
    on = alarm(priority=Priority.MEDIUM)
    gone = replace(on, state=AlarmState.RETURNED_UNACK, ended=TRIP + 120_000_000)
    shelved = replace(
        gone,
        state=AlarmState.SHELVED,
        shelved=Signature(TRIP, "ana"),
        shelved_until=TRIP + 3_600_000_000,
        reason="mantenimiento",
    )
    house.webhook(http, digest=["medium"], digest_at="hourly")
    async with house.running():
        house.clock.spend(60)
        await house.add(on)
        assert await asyncio.to_thread(house.idle)
        house.later(3600)
        await sent(house, 1)
        await house.add(gone)
        await until(lambda: house.states()[1:] == [("alarma/1/17/normal/0", "pendiente")])
        await house.add(shelved)
        await until(lambda: house.states()[1:] == [("alarma/1/17/normal/0", "retirado")])
        await house.add(gone)
        await until(lambda: house.states()[1:] == [("alarma/1/17/normal/0", "pendiente")])
        house.later(3600)
        await sent(house, 2)
    assert http.titles[1] == "[NORMAL] norte: terminó: BLOQUEO por falla (13:15:38)"


async def test_a_lockout_whose_alarm_was_withdrawn_is_told_as_an_operation(
    house: House, http: HttpSink
) -> None:
    on = alarm(priority=HIGH, operation=9)
    shelved = replace(
        on,
        state=AlarmState.SHELVED,
        shelved=Signature(TRIP, "ana"),
        shelved_until=TRIP + 7_200_000_000,
        reason="mantenimiento",
    )
    house.webhook(http, digest=["high"], digest_at="hourly")
    async with house.running():
        house.clock.spend(60)
        await house.add(lockout(), on)
        await until(lambda: house.states() == [("alarma/1/17/activa/0", "pendiente")])
        await house.add(shelved)
        await until(lambda: house.states() == [("alarma/1/17/activa/0", "retirado")])
        await house.add(lockout(load_a=131.0))
        await until(lambda: len(house.states()) == 2)
        house.later(3600)
        await sent(house, 1)
    assert http.titles == ["[OPERACIÓN] norte: OC3+ A,C 1.840 A, 2 disparos, BLOQUEO (13:13:38)"]


async def test_what_grew_too_old_is_not_sent_but_told(house: House) -> None:
    sink, port = HttpSink(), free_port()
    sink.port = port
    house.webhook(sink)
    house.notify["expire_h"] = 1.0
    async with house.running():
        house.clock.spend(60)
        await house.add(alarm(priority=HIGH), alarm(key=18, code="X", priority=HIGH))
        await tried(house)
        with sink.serving(port):
            house.later(7200)
            await until(lambda: len(sink.posts) == 1)
    assert sink.titles == ["[VENCIDOS] 2 avisos no pudieron enviarse a tiempo"]
    assert "- 18/07 [ALTA] norte: BLOQUEO por falla (13:13:38)" in sink.posts[0].body["message"]
    assert {state for _, state in house.states()} == {"vencido"}


async def test_an_operation_waits_for_its_currents_but_not_for_ever(
    house: House, http: HttpSink
) -> None:
    house.webhook(http)
    async with house.running():
        house.clock.spend(60)
        early = lockout(own_extremes=None, extremes=Extremes())
        await house.add(early)
        assert http.posts == []
        await house.add(lockout())
        await until(lambda: len(http.posts) == 1)
        await settled(house)
        told = len(house.entries())
        await house.add(lockout(key=10, own_extremes=None, extremes=Extremes()))
        await until(lambda: len(house.entries()) > told)
        house.later(11)
        await until(lambda: len(http.posts) == 2)
        await settled(house)
    assert http.titles[0] == ("[OPERACIÓN] norte: OC3+ A,C 1.840 A, 2 disparos, BLOQUEO (13:13:38)")
    assert http.titles[1] == "[OPERACIÓN] norte: OC3+ A,C, 2 disparos, BLOQUEO (13:13:38)"
    assert "todavía no se leyeron" in http.posts[1].body["message"]


async def test_another_store_under_the_queue_tells_nothing_old(
    house: House, http: HttpSink
) -> None:
    house.webhook(http)
    async with house.running():
        house.clock.spend(60)
        await house.add(*[alarm(key=n, code=f"A{n}", priority=Priority.LOG) for n in range(5)])
    for name in ("celador.db", "celador.db-wal", "celador.db-shm"):
        house.path.with_name(name).unlink(missing_ok=True)
    async with house.running():
        await house.add(alarm(key=1, began=house.clock.now()))
        await until(lambda: len(http.posts) == 1)


async def test_a_damaged_queue_stops_no_monitor_and_is_said(house: House, http: HttpSink) -> None:
    house.webhook(http)
    queue_path(house.path).write_bytes(b"this is no database at all" * 50)
    async with house.running():
        await house.add(alarm())
        assert house.notifier is not None
        assert "damaged" in str(house.notifier.status.trouble)
