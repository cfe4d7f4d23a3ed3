"""`celador quality` and `celador reliability` on a store made by hand."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC
from pathlib import Path

import pytest

from celador.config import Config
from celador.domain.device import Device
from celador.domain.operation import (
    Extremes,
    Operation,
    OperationKind,
    RecordQuality,
    Result,
    Span,
)
from celador.domain.outage import Outage, OutageOrigin
from celador.domain.periods import Period
from celador.domain.sample import CounterReading, Quality, Sample, SwitchState
from celador.ports import Record, SampleQuery, SampleRow
from celador.stores.sqlite.reader import SqliteReader
from celador.surfaces.supply import Asked, reliability_of, reliability_report
from tests.cli.conftest import Run, in_terminal
from tests.support.clock import MIDNIGHT
from tests.support.edge_store import write_store

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = ("--from", "2026-07-18T00:00Z", "--to", "2026-07-18T02:00Z")
CONFIG = """
[store]
path = "celador.db"

[quality]
voltage_profile = "EN50160_MV_2010"
tariff = "EPESF"

[[devices]]
id = 1
name = "norte"
host = "10.0.0.1"
customers = 400
kva = 2000.0

[[devices]]
id = 2
name = "rural"
host = "10.0.0.2"
parent = "norte"
customers = 100
kva = 500.0
"""


@pytest.fixture(scope="module")
def supply(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hours from 2026-07-18 00:00 UTC, a sample every 5 s; `norte` lacks 00:30 to 00:45.

    400 kW and 300 kvar throughout. From 01:00:00 on `norte` is at 15.5 kV for ten minutes, and
    `rural` has a dip of 20 s at 01:20. `norte` opened at 00:50 for 10 min, `rural` for 4 min 59 s
    to 5 min 1 s, and then again with an accepted force majeure. The contacts of `rural` wear by 1 %
    in ten minutes, with each of its twelve operations of 600 A.
    """
    path = tmp_path_factory.mktemp("supply") / "celador.db"
    devices = [
        Device(1, "norte", "", "noja-rc10", 13_200.0, 400, 2000.0),
        Device(2, "rural", "", "noja-rc10", 13_200.0, 100, 500.0),
    ]
    records: list[Record] = [
        _outage(1, 1, (2999, 3000), (3600, 3601)),
        _outage(2, 2, (5000, 5001), (5300, 5301)),
        _outage(2, 3, (6000, 6001), (6900, 6901)),
    ]
    records += [_operation(each) for each in range(12)]
    for device in (1, 2):
        records += [_sample(device, at) for at in range(0, 7200, 5) if _there(device, at)]
        records += [_reading(device, minute) for minute in range(121)]
    write_store(path, devices, records)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE interrupciones SET fuerza_mayor = 'aceptada' WHERE clave = 3")
    return path


def _there(device: int, second: int) -> bool:
    return device == 2 or not 1800 < second < 2700


def _sample(device: int, second: int) -> Sample:
    volts = 13_200.0
    if device == 1 and 3600 <= second < 4200:
        volts = 15_500.0
    if device == 2 and 4800 <= second < 4820:
        volts = 9_000.0
    phase = volts / 3**0.5
    values = dict.fromkeys(("vab", "vbc", "vca"), volts)
    values |= dict.fromkeys(("va", "vb", "vc"), phase)
    values |= {"ia": 20.0, "ib": 20.0, "ic": 20.0, "in_res": 0.0, "frec": 50.0, "sec_abc": 1}
    values |= {"p_act": 400.0, "s_apar": 500.0, "fp": 0.8}
    at = MIDNIGHT + second * SECOND
    return Sample(device, at, values, SwitchState.CLOSED, Quality.GOOD)


def _reading(device: int, minute: int) -> CounterReading:
    values = {"kvah_dir": 500.0 * minute / 60, "kvarh_dir": 300.0 * minute / 60}
    values |= {"kvah_inv": 0.0, "kvarh_inv": 0.0}
    if device == 2:
        values["desgaste_contacto"] = 50.0 + minute // 10
    return CounterReading(device, MIDNIGHT + minute * 60 * SECOND, values, Quality.GOOD)


def _operation(number: int) -> Operation:
    at = MIDNIGHT + (600 * number + 599) * SECOND
    return Operation(
        2,
        number + 1,
        Span(at - SECOND, at),
        OperationKind.SEQUENCE,
        Result.RECLOSED,
        RecordQuality.OBSERVED,
        end=Span(at, at + SECOND),
        trips=1,
        extremes=Extremes(ia=600.0),
        own_extremes=True,
    )


def _outage(device: int, key: int, start: tuple[int, int], end: tuple[int, int]) -> Outage:
    spans = [Span(*(MIDNIGHT + second * SECOND for second in pair)) for pair in (start, end)]
    return Outage(device, key, spans[0], OutageOrigin.OWN_FAULT, RecordQuality.OBSERVED, spans[1])


@pytest.fixture
def told(celador: Run, supply: Path, tmp_path: Path) -> Run:
    (tmp_path / "celador.toml").write_text(
        CONFIG.replace('"celador.db"', f'"{supply}"'), encoding="utf-8"
    )
    return celador


Figures = dict[tuple[str, str], dict[str, object]]


def figures(text: str) -> Figures:
    found = json.loads(text)["figuras"]
    return {(each["equipo"], each["figura"]): each for each in found}


def test_quality(told: Run) -> None:
    done = told("quality", *DAY, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = figures(done.stdout)

    assert found["norte", "tension"]["valor"] == "no cumple"
    # Eleven ten-minute windows of twelve are whole or nearly: 00:30 to 00:50 is half gone.
    assert found["norte", "tension_fuera"]["minimo"] == pytest.approx(10.0)
    assert found["norte", "tension"]["cobertura"] == pytest.approx(10 / 12, abs=1e-6)
    assert found["norte", "tension_sin_marcadas"]["valor"] == "no concluyente"
    assert found["rural", "tension"]["valor"] == "cumple"
    assert found["rural", "u2_p95"]["minimo"] == 0.0
    assert found["rural", "i_nema_p95"]["minimo"] == 0.0
    assert found["rural", "eventos_hueco_temporaria"]["minimo"] == 1
    assert found["rural", "demanda_max"]["minimo"] == 400.0
    assert found["rural", "demanda_kva"]["minimo"] == pytest.approx(500.0)
    assert found["rural", "factor_carga"]["minimo"] == pytest.approx(1.0)
    assert found["rural", "frecuencia"]["valor"] == "cumple"
    assert found["rural", "fp_discrepante"]["minimo"] == 0.0
    assert found["flota", "coincidencia"]["minimo"] == pytest.approx(1.0)
    assert found["flota", "coincidencia"]["cobertura"] == pytest.approx(7 / 8)


def test_what_is_told_beside_what_is_judged(told: Run) -> None:
    found = figures(told("quality", *DAY, "--json").stdout)
    # 15.5 kV between phases is 8949 V to earth: one window of the ten that are whole.
    assert found["norte", "tension_fase_fuera"]["minimo"] == pytest.approx(10.0)
    assert "informativa" in str(found["norte", "tension_fase_fuera"]["nota"])
    assert "de 50,000 a 50,000 Hz (0 a 0 mHz)" in str(found["norte", "frecuencia"]["nota"])
    assert found["norte", "armonicas"]["minimo"] is None
    assert found["norte", "armonicas"]["nota"] == "no disponible por Modbus"
    assert "sobre 5 % no se usan" in str(found["norte", "lvur_p95"]["nota"])


def test_wear_and_when_it_reaches_its_limit(told: Run) -> None:
    """61 % at 01:59, 24 % to go; a month has 43830 min, of which 1 % takes 10, or 119 / 11."""
    found = figures(told("quality", *DAY, "--json").stdout)
    assert found["rural", "desgaste_contacto"]["minimo"] == 61.0
    told_beside = str(found["rural", "desgaste_contacto"]["nota"])
    assert told_beside == "subió 11 % en 0,1 días, con 11 operaciones por falla"  # one came after
    by_time, by_current = (
        found["rural", key]["minimo"] for key in ("desgaste_meses", "desgaste_meses_corriente")
    )
    assert by_time == pytest.approx(24 * 10 / 43_830, rel=0.02)  # a staircase is no straight line
    assert by_current == pytest.approx(24 * 119 / 11 / 43_830)
    assert found["norte", "desgaste_contacto"]["minimo"] is None
    assert ("norte", "desgaste_meses") not in found
    short = ("--from", "2026-07-18T00:00Z", "--to", "2026-07-18T01:00Z", "--device", "rural")
    few = figures(told("quality", *short, "--json").stdout)["rural", "desgaste_meses"]
    assert few["minimo"] is None
    assert "hubo 5: período más largo" in str(few["nota"])


def test_two_hours_make_no_bill_of_a_month_and_no_index_of_a_semester(told: Run) -> None:
    july = figures(told("quality", "--period", "2026-07", "--json").stdout)
    surcharge = july["rural", "recargo"]
    assert surcharge["minimo"] is None
    assert "menos del 80 % del mes" in str(surcharge["nota"])
    assert july["rural", "tan_fi"]["minimo"] == pytest.approx(0.75, rel=0.01)
    assert "no del mes" in str(july["rural", "tan_fi"]["nota"])
    semester = figures(told("reliability", "--period", "2026-S1", "--json").stdout)
    assert str(semester["rural", "saifi_propias"]["nota"]).startswith("INCOMPLETO, INDETERMINADO")
    assert str(semester["flota", "fmik_total"]["nota"]).startswith("INCOMPLETO")
    hours = figures(told("reliability", *DAY, "--json").stdout)
    assert "INCOMPLETO" not in str(hours["rural", "saifi_propias"]["nota"])
    assert hours["flota", "saifi_total"]["cobertura"] == pytest.approx(15 / 16)


def test_one_recloser_is_told_as_among_all_and_without_the_fleet(told: Run) -> None:
    everything = figures(told("reliability", *DAY, "--json").stdout)
    for name in ("norte", "rural"):
        one = figures(told("reliability", *DAY, "--device", name, "--json").stdout)
        assert one == {key: each for key, each in everything.items() if key[0] == name}


class Watched(SqliteReader):
    """Notes of which reclosers samples and interruptions are read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.read: set[tuple[int, ...]] = set()

    def samples(self, query: SampleQuery) -> Iterator[SampleRow]:
        self.read.add(tuple(query.device_ids))
        return super().samples(query)

    def outages(self, start: int, end: int, device_ids: Sequence[int] = ()) -> Iterator[Outage]:
        self.read.add(tuple(device_ids))
        return super().outages(start, end, device_ids)


def test_of_one_recloser_nothing_of_the_others_is_read(supply: Path) -> None:
    with closing(Watched(supply)) as reader:
        devices = reader.devices()
        period = Period(MIDNIGHT, MIDNIGHT + 2 * HOUR, "")
        asked = Asked(reader, Config(), period, UTC, MIDNIGHT + 2 * HOUR)
        assert reliability_of(asked, devices, devices[1:], without_planned=False)
        assert reader.read == {(2,)}


def test_how_far_the_reliability_has_come_is_told_recloser_by_recloser(supply: Path) -> None:
    shares: list[float] = []
    with closing(SqliteReader(supply)) as reader:
        devices = reader.devices()
        period = Period(MIDNIGHT, MIDNIGHT + 2 * HOUR, "")
        asked = Asked(reader, Config(), period, UTC, MIDNIGHT + 2 * HOUR)
        reliability_report(asked, devices, without_planned=False, progress=shares.append)
        assert shares == [0.5, 1.0]
        reliability_of(asked, devices, devices[1:], without_planned=False, progress=shares.append)
        assert shares == [0.5, 1.0, 1.0]


def test_coverage_is_judged_by_the_period_of_whoever_read(
    celador: Run, supply: Path, tmp_path: Path
) -> None:
    """There is no configuration; by the store a sample a second was to come, and a fifth did."""
    path = tmp_path / "celador.db"
    shutil.copy(supply, path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE equipos SET periodo_s = 1.0 WHERE id = 2")
    found = figures(celador("quality", *DAY, "--store", str(path), "--json").stdout)
    assert found["rural", "tension"]["valor"] == "no concluyente"
    assert found["rural", "tension_muestras"]["cobertura"] == pytest.approx(0.2)
    assert found["rural", "demanda_max"]["minimo"] is None
    index = figures(celador("reliability", *DAY, "--store", str(path), "--json").stdout)
    assert index["rural", "saifi_total"]["cobertura"] == 0.0
    assert index["norte", "saifi_total"]["cobertura"] == pytest.approx(7 / 8)


def test_energy_over_a_gap_is_estimated_and_says_so(told: Run) -> None:
    found = figures(told("quality", *DAY, "--device", "norte", "--json").stdout)
    energy = found["norte", "energia"]
    assert energy["minimo"] == pytest.approx(800.0, rel=0.002)
    assert "estimada: 100 kWh de huecos" in str(energy["nota"])
    assert energy["cobertura"] == pytest.approx(7 / 8, abs=0.002)
    assert found["norte", "energia_cota"]["minimo"] == pytest.approx(802, abs=9)
    assert found["norte", "tan_fi"]["minimo"] == pytest.approx(0.75, rel=0.01)
    surcharge = found["norte", "recargo"]["minimo"]
    assert isinstance(surcharge, float)
    assert surcharge == pytest.approx(42, abs=1)


def test_energy_without_gaps_is_measured_and_within_the_bound_of_the_counters(told: Run) -> None:
    found = figures(told("quality", *DAY, "--device", "rural", "--json").stdout)
    assert found["rural", "energia"]["nota"] == ""
    assert found["rural", "energia"]["minimo"] == pytest.approx(800.0, rel=0.002)
    assert found["rural", "tan_fi"]["minimo"] == pytest.approx(0.75, rel=0.002)
    assert found["rural", "reactiva"]["minimo"] == pytest.approx(600.0, rel=0.01)


def test_reliability(told: Run) -> None:
    done = told("reliability", *DAY, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = figures(done.stdout)

    assert _range(found["norte", "saifi_propias"]) == (1.0, 1.0)
    assert _range(found["norte", "saidi_propias"]) == pytest.approx((10.0, 602 / 60))
    assert _range(found["rural", "saifi_propias"]) == (0.0, 1.0)
    assert "INDETERMINADO" in str(found["rural", "saifi_propias"]["nota"])
    assert _range(found["rural", "fmik_propias"]) == (1.0, 1.0)
    assert _range(found["rural", "indeterminadas_5min"]) == (1, 1)
    assert _range(found["rural", "excluidas"]) == (1, 1)
    # All 400 once, and the 100 of rural perhaps a second time.
    assert _range(found["flota", "saifi_total"]) == (1.0, 1.25)
    assert _range(found["flota", "usuarios"]) == (400, 400)
    assert found["norte", "saifi_total"]["cobertura"] == pytest.approx(7 / 8)
    low, high = _range(found["rural", "ens"])
    assert low == pytest.approx(400 * 299 / 3600)
    assert high == pytest.approx(400 * 301 / 3600)
    # Nothing was measured in the quarter of an hour before norte opened, nor in the weeks before.
    unknown = found["norte", "ens"]
    assert (unknown["minimo"], unknown["maximo"]) == (0.0, None)
    assert "no se puede estimar" in str(unknown["nota"])


def _range(figure: dict[str, object]) -> tuple[float, float]:
    low, high = figure["minimo"], figure["maximo"]
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)
    return low, high


def test_tables_are_in_spanish_and_csv_has_one_row_per_figure(told: Run) -> None:
    table = told("reliability", *DAY, "--device", "rural").stdout
    assert table.startswith("Período 2026-07-18T00:00Z … 2026-07-18T02:00Z, hora America/Argentina")
    assert "SAIFI, propias" in table
    assert "0 a 1" in table
    assert "norte" not in table
    rows = list(csv.DictReader(io.StringIO(told("quality", *DAY, "--csv").stdout)))
    assert {row["equipo"] for row in rows} == {"norte", "rural", "flota"}
    everything = told("quality", *DAY, "--device", "rural").stdout
    assert "Todo es indicativo" in everything.splitlines()[1]
    assert "0,7" in everything  # tan φ, as it is written here
    assert "0.7" not in everything


def test_tables_in_english(told: Run) -> None:
    quality = told("quality", *DAY, "--device", "rural", "--english").stdout
    assert "figure" in quality.splitlines()[4]
    assert "conforms" in quality
    assert "0.7" in quality  # tan φ
    reliability = told("reliability", *DAY, "--device", "rural", "--english").stdout
    (saifi,) = (line for line in reliability.splitlines() if line.startswith("SAIFI, own"))
    assert "\nfleet\n" in told("quality", *DAY, "--english").stdout
    assert "0 to 1" in saifi
    assert "int/customer" in saifi
    assert "NOT DETERMINED" in saifi


@pytest.mark.parametrize("command", ["quality", "reliability"])
def test_a_narrow_terminal_has_each_note_under_its_figure(
    command: str, told: Run, tmp_path: Path
) -> None:
    """The words are those of a wide table, each whole, and no line is too long."""
    wide = told(command, *DAY, "--device", "rural").stdout
    narrow = in_terminal(80, command, *DAY, "--device", "rural", cwd=tmp_path)
    narrow = narrow[narrow.index("Período") :]  # behind the bar
    assert max(len(line) for line in narrow.splitlines()) <= 80
    assert sorted(narrow.split()) == sorted(words_of(wide))


def words_of(wide: str) -> list[str]:
    """Every word of a table but the title of its last column, which the narrow one leaves out."""
    words = wide.split()
    words.remove("nota")
    return words


def test_nothing_is_known_of_a_time_without_samples(told: Run) -> None:
    found = figures(told("quality", "--period", "2026-06", "--json").stdout)
    assert found["norte", "tension"]["valor"] == "no concluyente"
    assert found["norte", "tension"]["cobertura"] == 0.0
    for key in ("demanda_max", "energia", "tan_fi", "u2_p95", "frecuencia_dentro"):
        assert found["norte", key]["minimo"] is None


def test_a_terminal_that_knows_only_ascii_shows_the_rest_as_numbers(told: Run) -> None:
    done = told("quality", *DAY, "--device", "rural", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "tan \\u03c6" in done.stdout


@pytest.mark.parametrize("command", ["quality", "reliability"])
def test_wrong_use(command: str, told: Run) -> None:
    both = told(command, *DAY, "--period", "2026")
    assert both.returncode == 2
    assert "--from and --period both say which time" in both.stderr
    bad = told(command, "--period", "2026-S3")
    assert bad.returncode == 2
    assert "is no period" in bad.stderr
