"""Alarms of more than one recloser: one outage of a feeder, floods."""

from __future__ import annotations

from celador.domain.alarm import Alarm, AlarmState
from celador.domain.alarms.catalogue import catalogue
from celador.domain.event import Event
from celador.domain.sample import Quality, Sample, SwitchState
from celador.pipeline.alarms.book import Raised
from celador.pipeline.alarms.centre import FEEDER_LOST, FLOOD, SOURCE_LOST, AlarmCentre
from celador.pipeline.alarms.rules import AlarmRules
from celador.pipeline.alarms.settings import AlarmSettings
from celador.pipeline.operations.facts import Facts, Position
from tests.alarms.timelines import STATUS_READER
from tests.support.clock import MIDNIGHT

SECOND = 1_000_000


class Fleet:
    """Five reclosers, four of them on one feeder."""

    def __init__(self, disk: dict[tuple[int | None, int], Alarm] | None = None) -> None:
        self.disk = {} if disk is None else disk
        standing = [each for each in self.disk.values() if each.closed is None]
        self.centre = AlarmCentre(standing)
        self.rules: dict[int, AlarmRules] = {}
        for number in range(1, 6):
            settings = AlarmSettings(feeder="F1" if number < 5 else None)
            rules = AlarmRules(number, STATUS_READER, settings, self.centre.book)
            self.rules[number] = rules
            self.centre.add(rules)

    def dies(self, device: int, second: float) -> None:
        at = MIDNIGHT + round(second * SECOND)
        self.centre.book.raise_(Raised(device, catalogue()[SOURCE_LOST], at))
        self.settle(second)

    def lives(self, device: int, second: float) -> None:
        at = MIDNIGHT + round(second * SECOND)
        self.centre.book.clear((device, SOURCE_LOST, ""), at)
        self.settle(second)

    def settle(self, second: float) -> None:
        for record in self.centre.settle(MIDNIGHT + round(second * SECOND)):
            if isinstance(record, Alarm):
                self.disk[record.device_id, record.key] = record

    def states(self, code: str) -> dict[int | None, str]:
        return {each.device_id: each.state.value for each in self.centre.book if each.code == code}


def test_three_of_a_feeder_within_a_minute_are_one_alarm_and_later_ones_join() -> None:
    fleet = Fleet()
    fleet.dies(1, 0)
    fleet.dies(2, 30)
    fleet.dies(5, 31)
    assert fleet.states(FEEDER_LOST) == {}
    fleet.dies(3, 60)
    assert fleet.states(FEEDER_LOST) == {None: "UNACK"}
    assert fleet.states(SOURCE_LOST) == {1: "DSUPR", 2: "DSUPR", 3: "DSUPR", 5: "UNACK"}
    (parent,) = [each for each in fleet.centre.book if each.code == FEEDER_LOST]
    assert (parent.subject, parent.device_id) == ("F1", None)
    fleet.dies(4, 200)
    assert fleet.states(SOURCE_LOST)[4] == "DSUPR"
    children = [each for each in fleet.disk.values() if each.device_id in (1, 2, 3, 4)]
    assert {each.parent for each in children} == {parent.key}


def test_it_ends_with_the_last_child_and_waits_to_be_seen() -> None:
    fleet = Fleet()
    for device in (1, 2, 3):
        fleet.dies(device, device)
    fleet.lives(1, 100)
    fleet.lives(2, 101)
    assert fleet.states(FEEDER_LOST) == {None: "UNACK"}
    assert fleet.states(SOURCE_LOST) == {3: "DSUPR"}
    fleet.lives(3, 102)
    assert fleet.states(FEEDER_LOST) == {None: "LATCH_UNACK"}
    assert fleet.states(SOURCE_LOST) == {}


def test_a_source_that_comes_and_goes_is_one_alarm_until_a_minute_of_calm() -> None:
    fleet, told = Fleet(), list[tuple[str, str | None]]()
    closed, phases = Facts(Position.CLOSED), ("va", "vb", "vc")
    for second in range(170):
        at, volts = MIDNIGHT + second * SECOND, 0.0 if second < 100 and second % 13 < 5 else 7620.0
        for device in (1, 2, 3):
            values = dict.fromkeys(phases, volts)
            sample = Sample(device, at, values, SwitchState.CLOSED, Quality(0))
            fleet.rules[device].take([sample], None, closed, at)
            found = fleet.centre.settle(at)
            told += [(each.point, each.new) for each in found if isinstance(each, Event)]
    assert told == [("alarma_oscilante", SOURCE_LOST)] * 3  # one for each
    (parent,) = [each for each in fleet.centre.book if each.code == FEEDER_LOST]
    assert (parent.state.value, parent.repeats) == ("LATCH_UNACK", 2)
    assert fleet.states(SOURCE_LOST) == {}


def test_three_within_more_than_a_minute_are_three() -> None:
    fleet = Fleet()
    for device, second in ((1, 0), (2, 30), (3, 61)):
        fleet.dies(device, second)
    assert fleet.states(FEEDER_LOST) == {}
    assert set(fleet.states(SOURCE_LOST).values()) == {"UNACK"}


def test_a_restart_in_between_changes_nothing() -> None:
    fleet = Fleet()
    fleet.dies(1, 0)
    fleet.dies(2, 10)
    fleet = Fleet(fleet.disk)
    fleet.dies(3, 20)
    assert fleet.states(FEEDER_LOST) == {None: "UNACK"}
    fleet = Fleet(fleet.disk)
    fleet.settle(21)
    assert set(fleet.states(SOURCE_LOST).values()) == {"DSUPR"}
    for device in (1, 2, 3):
        fleet.lives(device, 30)
    assert fleet.states(FEEDER_LOST) == {None: "LATCH_UNACK"}


def test_ten_alarms_in_ten_minutes_are_a_flood_until_they_are_few() -> None:
    fleet = Fleet()
    codes = ["LOCAL", "AC_OFF", "RELAY", "CAN", "RTC", "IO1", "IO2", "DRIVER", "BOBINA", "LL_ON"]
    for place, code in enumerate(codes):
        assert fleet.states(FLOOD) == {}
        at = MIDNIGHT + 50 * place * SECOND
        fleet.centre.book.raise_(Raised(1, catalogue()[code], at))
        fleet.settle(50 * place)
    assert fleet.states(FLOOD) == {None: "UNACK"}
    fleet.settle(800)
    assert fleet.states(FLOOD) == {None: "UNACK"}  # five are left within ten minutes
    fleet.settle(900)
    assert fleet.states(FLOOD) == {None: AlarmState.RETURNED_UNACK.value}


def test_alarms_of_a_recloser_that_the_configuration_no_longer_has_are_over() -> None:
    fleet = Fleet()
    fleet.dies(5, 0)
    standing = [each for each in fleet.disk.values() if each.closed is None]
    centre = AlarmCentre(standing)
    records = centre.start(MIDNIGHT + SECOND)
    assert [each.state for each in records if isinstance(each, Alarm)] == [AlarmState.NORMAL]
    assert list(centre.book) == []
