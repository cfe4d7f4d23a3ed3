"""The settings as one typed tree, with their limits and defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    StringConstraints,
)

from celador.config.alarms import AlarmConfig, DeviceAlarms
from celador.config.base import Settings, secret_in
from celador.config.notify import NotifyConfig
from celador.config.supply import ProfileName, QualityConfig, ReliabilityConfig, TariffName
from celador.config.web import WebConfig
from celador.domain.device import Device
from celador.domain.link_limits import (
    BAUDRATE,
    HOST_PATTERN,
    PARITY,
    PORT,
    STOPBITS,
    TIMEOUT_S,
    UNIT,
)

_DAY_S = 86_400


def _rising(values: tuple[float, ...]) -> tuple[float, ...]:
    if list(values) != sorted(set(values)):
        raise ValueError("must rise from each number to the next")
    return values


def _forever_is_none(value: object) -> object:
    # TOML has no null, and a 0 that means "for ever" would be read as "keep nothing".
    return None if value == "forever" else value


def _forever_is_a_century(value: object) -> object:
    return 36_500 if value == "forever" else value


def _own_folder() -> Path:
    return platformdirs.user_data_path("celador", appauthor=False) / "celador.db"


Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$")]
Host = Annotated[str, StringConstraints(min_length=1, max_length=253, pattern=HOST_PATTERN)]
StatusPeriod = Annotated[float, Field(ge=0.1, le=_DAY_S)]
CounterPeriod = Annotated[float, Field(ge=1, le=_DAY_S)]
BurstInstant = Annotated[float, Field(ge=0, le=60)]


class PollingConfig(Settings):
    """How often a recloser is asked.

    A period is aligned to the wall clock: its cycles fall on the multiples of the period counted
    from 1970-01-01 00:00 UTC, each device somewhat shifted. Periods that divide a day (most round
    numbers do) therefore fall on the same instants every day; others are allowed and wander.

    Attributes:
        status_s: period of the discrete inputs, s.
        analog_s: period of the analog registers, s.
        counters_s: period of the energy, wear and operation counters, s.
        burst_period_s: period of the discrete inputs in a burst, s.
        burst_duration_s: how long a burst lasts after the last change, s; 0 for no bursts.
        burst_counters_at_s: when the counters are read again, s after the start of a burst.
        backoff_first_s: wait before the first new attempt on a dead device, s.
        backoff_max_s: longest wait between two attempts, s.
    """

    status_s: StatusPeriod = 1.0
    analog_s: StatusPeriod = 5.0
    counters_s: CounterPeriod = 60.0
    burst_period_s: Annotated[float, Field(ge=0.05, le=60)] = 0.2
    burst_duration_s: Annotated[float, Field(ge=0, le=600)] = 10.0
    burst_counters_at_s: Annotated[tuple[BurstInstant, ...], AfterValidator(_rising)] = (
        0.0,
        1.0,
        3.0,
    )
    backoff_first_s: Annotated[float, Field(ge=0.1, le=3600)] = 1.0
    backoff_max_s: Annotated[float, Field(ge=0.1, le=3600)] = 60.0


class DevicePolling(Settings):
    """Periods of one device that differ from [polling]; None follows [polling]."""

    status_s: StatusPeriod | None = None
    analog_s: StatusPeriod | None = None
    counters_s: CounterPeriod | None = None


class StoreConfig(Settings):
    """Where the samples are kept and for how long.

    Attributes:
        path: the SQLite file.
        retention_days: age at which rows are deleted, days; None keeps them for ever.
        max_disk_share: share of the disk in use at which the oldest rows are deleted, 0 to 1.
    """

    path: Annotated[Path, Field(strict=False), AfterValidator(Path.expanduser)] = Field(
        default_factory=_own_folder
    )
    retention_days: Annotated[
        Annotated[int, Field(ge=1, le=36_500)] | None, BeforeValidator(_forever_is_none)
    ] = 730
    max_disk_share: Annotated[float, Field(ge=0.05, le=0.99)] = 0.8


class HistorianConfig(Settings):
    """The common database (PostgreSQL, best with TimescaleDB) that the samples go to as well.

    Attributes:
        host: name or address; None for no historian, the edge store keeps all.
        port: TCP port.
        database: name of the database.
        user: the role; it only needs to insert.
        sslmode: as libpq knows it (PostgreSQL manual, "SSL Support").
        password: from the environment alone.
        password_file: a file that holds nothing else, read anew for each connection.
        read_user: the role by which reports, exports and screens read; None for `user`, where that
            is one that may read. For screens that leave requests: celador_web.
        read_password: its password, from the environment alone.
        read_password_file: a file that holds nothing else.
        retention_days: age at which `celador historian migrate` lets the database delete readings,
            days; None leaves it as it is there.
    """

    host: Host | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] = 5432
    database: Name = "celador"
    user: Name = "celador_ingest"
    sslmode: Literal["disable", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    password: SecretStr | None = None
    password_file: Annotated[Path, Field(strict=False), AfterValidator(Path.expanduser)] | None = (
        None
    )
    read_user: Name | None = None
    read_password: SecretStr | None = None
    read_password_file: (
        Annotated[Path, Field(strict=False), AfterValidator(Path.expanduser)] | None
    ) = None
    retention_days: Annotated[
        Annotated[int, Field(ge=365, le=36_500)] | None, BeforeValidator(_forever_is_a_century)
    ] = None
    _role: str = PrivateAttr("")  # how the names of the settings that stand in `password` begin

    def for_reading(self) -> HistorianConfig:
        """The same with the role that reads in the place of `user`."""
        if self.read_user is None:
            return self
        changes = {
            "user": self.read_user,
            "password": self.read_password,
            "password_file": self.read_password_file,
        }
        reading = self.model_copy(update=changes)
        reading._role = "read_"  # noqa: SLF001 -- our own
        return reading

    def secret(self) -> str | None:
        """The password; None where there is none and the server has to trust us otherwise.

        Raises:
            ConfigError: the file with it cannot be read.
        """
        if self.password_file is None:
            return self.password.get_secret_value() if self.password else None
        return secret_in(self.password_file, f"historian.{self._role}password_file", "password")


class ExporterConfig(Settings):
    """The HTTP service that gives samples out, and what one request may ask of it.

    Its token is a secret and therefore no setting: see docs/configuration.md.

    Attributes:
        host: address to listen at.
        port: TCP port to listen at.
        max_days: longest range of samples as stored, days; windows may go further back.
        max_rows: most rows of one export.
        max_concurrent: exports that run at the same time.
    """

    host: Host = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8000
    max_days: Annotated[int, Field(ge=1, le=36_500)] = 92
    max_rows: Annotated[int, Field(ge=1)] = 20_000_000
    max_concurrent: Annotated[int, Field(ge=1, le=32)] = 4


class DeviceConfig(Settings):
    """One recloser: who it is, how to reach it, what it serves.

    Attributes:
        id: `equipos.id`, the key of every row of the recloser; never given to another one.
        name: short name, unique.
        place: where it stands.
        profile: name of the device profile.
        transport: Modbus TCP, RTU frames over TCP (a transparent serial server), or serial RTU.
        host: name or address, for the two TCP transports.
        port: TCP port.
        unit: Modbus unit identifier.
        timeout_s: longest silence before the link is given up, s.
        serial_port: the port, for serial RTU.
        baudrate: bits per second.
        parity: N none, E even, O odd.
        stopbits: 1 or 2.
        nominal_voltage_v: line to line, V.
        customers: customers served downstream.
        kva: transformer capacity installed downstream, kVA.
        polling: periods that differ from [polling].
        max_registers: most registers in one request; None for what the profile says.
        max_gap: most unused registers read to join two blocks; None for what the profile says.
        reclaim_s: the reclaim time Tres set on the device, s; a trip within it belongs to the
            sequence before it.
        co_counted_at: whether the device counts a close-open cycle at the opening or the closing.
        trips_to_lockout: trips of a whole sequence, as set on the device; None where nobody said.
        source_side: the terminals towards the source.
        parent: name of the recloser upstream; None where there is none.
        voltage_profile: limits of slow voltage; None for those of [quality].
        tariff: rule for reactive energy; None for that of [quality].
        base_current_a: rated or usual current, A; below a tenth of it no unbalance is told.
        feeder: name of the feeder that it stands on; reclosers of one feeder that lose their source
            together give one alarm.
        alarms: what of [alarms] differs here.
    """

    id: Annotated[int, Field(ge=1, le=2**31 - 1)]
    name: Name
    place: Annotated[str, StringConstraints(max_length=200)] = ""
    profile: Name = "noja-rc10"
    transport: Literal["tcp", "rtu-over-tcp", "rtu"] = "tcp"
    host: Host | None = None
    port: Annotated[int, Field(ge=PORT.least, le=PORT.most)] = PORT.default
    unit: Annotated[int, Field(ge=UNIT.least, le=UNIT.most)] = UNIT.default
    timeout_s: Annotated[float, Field(ge=TIMEOUT_S.least, le=TIMEOUT_S.most)] = TIMEOUT_S.default
    serial_port: Name | None = None
    baudrate: Annotated[int, Field(ge=BAUDRATE.least, le=BAUDRATE.most)] = BAUDRATE.default
    parity: Literal["N", "E", "O"] = PARITY
    stopbits: Literal[1, 2] = STOPBITS
    nominal_voltage_v: Annotated[float, Field(ge=100, le=50_000)] = 13_200.0
    customers: Annotated[int, Field(ge=0)] | None = None
    kva: Annotated[float, Field(ge=0)] | None = None
    polling: DevicePolling = DevicePolling()
    max_registers: Annotated[int, Field(ge=1, le=125)] | None = None
    max_gap: Annotated[int, Field(ge=0, le=125)] | None = None
    reclaim_s: Annotated[float, Field(ge=0.1, le=600)] = 30.0
    co_counted_at: Literal["open", "close"] = "close"
    trips_to_lockout: Annotated[int, Field(ge=1, le=4)] | None = None
    source_side: Literal["abc", "rst"] = "abc"
    parent: Name | None = None
    voltage_profile: ProfileName | None = None
    tariff: TariffName | None = None
    base_current_a: Annotated[float, Field(gt=0, le=10_000)] | None = None
    feeder: Name | None = None
    alarms: DeviceAlarms = DeviceAlarms()

    def as_device(self, period_s: float | None = None) -> Device:
        """The recloser as the database knows it; `period_s` is that of its analog points."""
        return Device(
            id=self.id,
            name=self.name,
            place=self.place,
            profile=self.profile,
            nominal_voltage=self.nominal_voltage_v,
            customers=self.customers,
            kva=self.kva,
            period_s=period_s,
        )


class Config(Settings):
    """The whole configuration.

    Attributes:
        collector: name of this collector, kept with what it saw.
        log_level: least important messages that are logged.
        store: where the samples are kept.
        historian: the common database, if there is one.
        polling: how often every recloser is asked.
        exporter: how samples are given out over HTTP.
        web: the pages in the browser.
        quality: by which rules the quality of supply is judged.
        reliability: what the reliability indices are computed over.
        alarms: what is to be expected of the reclosers, and what differs from the catalogue.
        notify: who is told of alarms and operations.
        devices: the reclosers.
    """

    collector: Name = "celador"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    store: StoreConfig = Field(default_factory=StoreConfig)
    historian: HistorianConfig = HistorianConfig()
    polling: PollingConfig = PollingConfig()
    exporter: ExporterConfig = ExporterConfig()
    web: WebConfig = WebConfig()
    quality: QualityConfig = QualityConfig()
    reliability: ReliabilityConfig = ReliabilityConfig()
    alarms: AlarmConfig = AlarmConfig()
    notify: NotifyConfig = NotifyConfig()
    devices: tuple[DeviceConfig, ...] = ()

    def polling_of(self, device: DeviceConfig) -> PollingConfig:
        """[polling] with the device's own periods laid over it."""
        own = device.polling.model_dump(exclude_none=True)
        return self.polling.model_copy(update=own)
