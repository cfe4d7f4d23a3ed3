"""The report on the quality of supply as figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

from celador.domain.quality.demand import Peak
from celador.domain.quality.dips import Disturbance, DurationClass
from celador.domain.quality.energy import Energy
from celador.domain.quality.frequency import millihertz
from celador.domain.quality.tariff import TariffRule
from celador.domain.quality.unbalance import U0_FLOOR
from celador.domain.quality.voltage import Verdict
from celador.domain.wear import ENOUGH, LIMIT, WearTrend
from celador.domain.writing import Language, Text, number
from celador.pipeline.quality.energies import MonthEnergy
from celador.pipeline.quality.report import QualityReport, Week
from celador.pipeline.quality.spread import Spread
from celador.surfaces.supply.figure import Figure

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORDS = {True: "cumple", False: "no cumple", None: "no concluyente"}
_LANGUAGES: tuple[Language, Language] = ("es", "en")
_UNBALANCES = (
    ("negative", "u2", Text("Desequilibrio u2 (IEC 61000-4-30)", "Unbalance u2 (IEC 61000-4-30)")),
    ("line", "lvur", Text("Desequilibrio de línea (NEMA MG 1)", "Line unbalance (NEMA MG 1)")),
    ("phase", "pvur", Text("Desequilibrio fase-tierra (IEEE 112)", "Phase unbalance (IEEE 112)")),
    ("zero", "u0", Text("Secuencia cero u0", "Zero sequence u0")),
    ("current", "i_nema", Text("Desequilibrio de corrientes", "Unbalance of the currents")),
    ("current_negative", "i2", Text("Corrientes, I2/I1", "Currents, I2/I1")),
)
_KINDS = {
    Disturbance.DIP.value: "dip",
    Disturbance.SWELL.value: "swell",
    Disturbance.INTERRUPTION.value: "interruption",
}
_BANDS = {"pico": "peak", "valle": "off-peak", "resto": "rest"}
_DURATIONS = {
    DurationClass.INSTANTANEOUS.value: "instantaneous",
    DurationClass.MOMENTARY.value: "momentary",
    DurationClass.TEMPORARY.value: "temporary",
    DurationClass.SUSTAINED.value: "sustained",
}


def quality_figures(report: QualityReport, zone: tzinfo) -> Iterator[Figure]:
    """Every figure of a report, in the order in which people read them."""
    warning = None
    if report.too_many:
        warning = Text(
            "hay más muestras que las del período de lectura configurado: cobertura dudosa",
            "there are more samples than the configured reading makes: coverage in doubt",
        )
    name = Text("Muestras de tensión", "Voltage samples")
    yield Figure("tension_muestras", name, report.samples.valid, "", report.samples, warning)
    for week in report.voltage:
        yield from _voltage(report, week)
    if report.phase is not None:
        yield _phase(report.phase)
    for name_, key, text in _UNBALANCES:
        yield from _unbalance(key, text, report.unbalance[name_], report)
    yield from _events(report)
    yield from _frequency(report)
    yield from _demand(report, zone)
    for month in report.months:
        yield from _month(month)
    yield from _wear(report.wear)
    yield Figure(
        "armonicas", Text("Armónicas y flicker", "Harmonics and flicker"), None, "", None,
        Text("no disponible por Modbus", "not available over Modbus"),
    )  # fmt: skip
    if report.factor_checked:
        share = 100 * report.factor_wrong / report.factor_checked
        checked = _numbers(report.factor_checked, 0)
        note = Text(f"de {checked.es} muestras con carga", f"of {checked.en} samples under load")
        name = Text("fp del equipo distinto de P/S", "Device's power factor differs from P/S")
        yield Figure("fp_discrepante", name, share, "%", None, note)


def _numbers(value: float, decimals: int) -> Text:
    """A number as each language writes it."""
    return Text(*(number(value, decimals, language) for language in _LANGUAGES))


def _range(low: float, high: float, decimals: int) -> Text:
    """Two signed percentages as each language writes them."""
    es, en = (
        [("+" if value >= 0 else "") + number(value, decimals, language) for value in (low, high)]
        for language in _LANGUAGES
    )
    return Text(f"de {es[0]} % a {es[1]} %", f"from {en[0]} % to {en[1]} %")


def _voltage(report: QualityReport, week: Week) -> Iterator[Figure]:
    profile = report.settings.profile
    when = f" {week.period.name}" if profile.weekly else ""
    band, out = f"±{profile.band_percent:g} %", f"{profile.allowed_percent:g} %"
    es, en = f"{profile.key}: {band}, hasta {out} fuera", f"{profile.key}: {band}, up to {out} out"
    if profile.assumed:
        es += "; banda SUPUESTA, la del regulador no se conoce"
        en += "; band ASSUMED, the regulator's own is not known"
    note = Text(f"{es}; indicativa, no clase A/S", f"{en}; indicative, not class A/S")
    for verdict, key, text in (
        (week.every, "tension", Text(f"Tensión{when}", f"Voltage{when}")),
        (
            week.unflagged,
            "tension_sin_marcadas",
            Text(f"Tensión{when}, sin ventanas marcadas", f"Voltage{when}, no flagged windows"),
        ),
    ):
        yield Figure(key, text, _WORDS[verdict.conforms], "", verdict.coverage, note)
        outside = Text(f"{text.es}: fuera de banda", f"{text.en}: outside the band")
        yield Figure(
            f"{key}_fuera", outside, verdict.outside_percent, "%", verdict.coverage, _worst(verdict)
        )


def _phase(verdict: Verdict) -> Figure:
    text = Text("Tensión fase-tierra: fuera de banda", "Phase-to-earth voltage: outside the band")
    span = _worst(verdict) or Text("", "")
    note = Text(
        "informativa, el perfil juzga la de línea" + ("; " + span.es if span.es else ""),
        "for information, the profile judges line to line" + ("; " + span.en if span.en else ""),
    )
    return Figure("tension_fase_fuera", text, verdict.outside_percent, "%", verdict.coverage, note)


def _worst(verdict: Verdict) -> Text | None:
    if verdict.low is None or verdict.high is None:
        return None
    span = _range(verdict.low, verdict.high, 2)
    return Text(f"desvíos {span.es}", f"deviations {span.en}")


def _unbalance(key: str, text: Text, spread: Spread, report: QualityReport) -> Iterator[Figure]:
    p95: float | str | None = spread.p95
    es, en = "95 % de las ventanas de 10 min", "95 % of the windows of 10 min"
    if key == "u0" and spread.p95 is not None and spread.p95 < U0_FLOOR:
        p95 = f"< {U0_FLOOR:g}"
        es = "por debajo no se distingue del error de los sensores"
        en = "below that it cannot be told from the error of the sensors"
    elif key == "pvur" and not report.settings.earthed:
        es = "sin sentido con neutro aislado o resonante"
        en = "without meaning where the neutral is isolated or resonant"
    elif spread.high is not None:
        high = _numbers(spread.high, 2)
        es, en = f"{es}; máximo {high.es} %", f"{en}; largest {high.en} %"
        if key == "u2":
            es += f"; {spread.above} ventanas sobre 2 %; menos de 1 % puede ser de los sensores"
            en += f"; {spread.above} windows above 2 %; below 1 % it may be the sensors"
        if key == "lvur":
            es += "; NEMA: sobre 1 % se reduce la carga de los motores, sobre 5 % no se usan"
            en += "; NEMA: above 1 % motors are derated, above 5 % not run"
    yield Figure(f"{key}_p95", text, p95, "%", spread.coverage, Text(es, en))


def _events(report: QualityReport) -> Iterator[Figure]:
    events = report.events
    sure = _numbers(events.guaranteed_s, 1)
    limit = Text(
        f"cota inferior: solo es seguro ver lo que dura más de {sure.es} s",
        f"lower bound: only what lasts more than {sure.en} s is sure to be seen",
    )
    for (kind, duration), count in sorted(events.classified.items()):
        key = f"eventos_{kind}_{duration}"
        name = Text(f"Eventos: {kind} {duration}", f"Events: {_DURATIONS[duration]} {_KINDS[kind]}")
        yield Figure(key, name, count, "", report.samples, limit)
    for kind, count in sorted(events.unclassified.items()):
        note = Text(
            f"posible {kind}, duración no medible",
            f"possible {_KINDS[kind]}, its duration cannot be measured",
        )
        name = Text(f"Eventos: {kind} sin clase", f"Events: {_KINDS[kind]} without a class")
        yield Figure(f"eventos_{kind}_sin_clase", name, count, "", report.samples, note)
    for kind, count in sorted(events.off_table.items()):
        note = Text(
            "duración conocida; IEEE 1159 no tiene clase para esa magnitud y duración",
            "of known duration; IEEE 1159 has no class for such a magnitude and duration",
        )
        name = Text(f"Eventos: {kind} fuera de tabla", f"Events: {_KINDS[kind]} off the table")
        yield Figure(f"eventos_{kind}_fuera_de_tabla", name, count, "", report.samples, note)
    if not events.seen:
        name = Text("Eventos de tensión vistos", "Voltage events seen")
        yield Figure("eventos", name, 0, "", report.samples, limit)


def _frequency(report: QualityReport) -> Iterator[Figure]:
    found, limits = report.frequency, report.settings.frequency
    es, en = limits.source, limits.source_en
    if found.low is not None and found.high is not None:
        low, high = _numbers(found.low, 3), _numbers(found.high, 3)
        down, up = (_numbers(millihertz(hertz), 0) for hertz in (found.low, found.high))
        es += f"; de {low.es} a {high.es} Hz ({down.es} a {up.es} mHz)"
        en += f"; from {low.en} to {high.en} Hz ({down.en} to {up.en} mHz)"
    name = Text("Frecuencia", "Frequency")
    yield Figure("frecuencia", name, _WORDS[found.conforms], "", found.coverage, Text(es, en))
    yield Figure(
        "frecuencia_dentro", Text("Frecuencia dentro de la banda", "Frequency within the band"),
        found.within_percent, "%", found.coverage,
        Text("medias de 10 s; sin tensión no hay frecuencia, y cuenta como no cubierto",
             "means of 10 s; without voltage there is no frequency, which counts as not covered"),
    )  # fmt: skip


def _demand(report: QualityReport, zone: tzinfo) -> Iterator[Figure]:
    demand = report.demand

    def peak(key: str, text: Text, value: Peak | None, unit: str, note: Text) -> Figure:
        when = "" if value is None else f"{_when(value.at, zone)}; "
        kw = None if value is None else value.kw
        return Figure(key, text, kw, unit, demand.coverage, Text(when + note.es, when + note.en))

    blocks = Text("bloques de 15 min", "blocks of 15 min")
    yield peak("demanda_max", Text("Demanda máxima", "Largest demand"), demand.peak, "kW", blocks)
    for name, value in demand.by_band.items():
        text = Text(f"Demanda máxima, {name}", f"Largest demand, {_BANDS.get(name, name)}")
        yield peak(f"demanda_{name}", text, value, "kW", blocks)
    yield peak(
        "demanda_kva", Text("Demanda máxima aparente", "Largest apparent demand"),
        demand.peak_kva, "kVA", Text("de los contadores", "of the counters"),
    )  # fmt: skip
    yield Figure(
        "factor_carga", Text("Factor de carga", "Load factor"), demand.load_factor, "",
        demand.coverage, Text("de los bloques válidos", "of the valid blocks"),
    )  # fmt: skip


def _when(at: int, zone: tzinfo) -> str:
    return (_EPOCH + timedelta(microseconds=at)).astimezone(zone).isoformat(" ", "minutes")


def _month(month: MonthEnergy) -> Iterator[Figure]:
    energy, name, covered = month.energy, month.period.name, month.covered
    known = energy.total if covered.share > 0 else None
    text = Text(f"Energía activa {name}", f"Active energy {name}")
    yield Figure("energia", text, known, "kWh", covered, _energy_note(energy))
    if energy.reverse > 0:
        text = Text(f"Energía en sentido inverso {name}", f"Reverse energy {name}")
        yield Figure("energia_inversa", text, energy.reverse, "kWh", covered)
    bound = None
    if energy.counters is not None and energy.plausible is not None:
        bound = energy.counters.bound
    text = Text(f"Cota de los contadores {name}", f"Bound by the counters {name}")
    yield Figure("energia_cota", text, bound, "kWh")
    text = Text(f"Energía reactiva {name}", f"Reactive energy {name}")
    yield Figure("reactiva", text, month.kvarh, "kvarh")
    note = Text("de las energías del mes", "of the energies of the month")
    if month.tan is not None and not covered.conclusive:
        note = Text(
            "de lo poco que se vio del mes, no del mes",
            "of the little that was seen of the month, not of the month",
        )
    yield Figure("tan_fi", Text(f"tan φ {name}", f"tan φ {name}"), month.tan, "", covered, note)
    note = Text("sin signo: no se sabe si es inductivo", "unsigned: whether lagging is not known")
    yield Figure("cos_fi", Text(f"cos φ {name}", f"cos φ {name}"), month.cos, "", covered, note)
    if month.rule is not None:
        yield _charge(month, month.rule)


def _energy_note(energy: Energy) -> Text | None:
    notes = []
    if energy.counters is not None and energy.outside is None:
        notes.append(
            Text("sin cota: los contadores se leyeron en muy poco del tiempo",
                 "no bound: the counters were read in too little of the time")
        )  # fmt: skip
    elif energy.plausible is None:
        notes.append(
            Text("sin cota: faltan los contadores o volvieron atrás",
                 "no bound: the counters are missing or went back")
        )  # fmt: skip
    elif not energy.plausible:
        notes.append(
            Text("NO respeta la cota de los contadores", "is NOT within the counters' bound")
        )
    if energy.is_estimate:
        kwh = _numbers(energy.estimated, 0)
        notes.append(
            Text(f"estimada: {kwh.es} kWh de huecos, por los contadores",
                 f"estimated: {kwh.en} kWh of gaps, by the counters")
        )  # fmt: skip
    if energy.undirected > 0:
        kwh = _numbers(energy.undirected, 0)
        notes.append(
            Text(f"{kwh.es} kWh sin sentido conocido", f"{kwh.en} kWh of unknown direction")
        )
    if not notes:
        return None
    return Text("; ".join(each.es for each in notes), "; ".join(each.en for each in notes))


def _charge(month: MonthEnergy, rule: TariffRule) -> Figure:
    charge, name = month.charge, month.period.name
    text = Text(f"Recargo por reactiva {name}", f"Charge for reactive energy {name}")
    if not rule.known:
        note = Text(
            f"{rule.key}: su cifra no se conoce; ponga base_tan y percent_per_step",
            f"{rule.key}: its figure is not known; set base_tan and percent_per_step",
        )
        return Figure("recargo", text, None, "%", month.covered, note)
    es = f"{rule.key}, {rule.source}; indicativo"
    en = f"{rule.key}, {rule.source_en or rule.source}; indicative"
    if charge is not None and charge.disconnection:
        es += "; POSIBLE SUSPENSIÓN del suministro"
        en += "; the supply MAY BE DISCONNECTED"
    if charge is None and not month.covered.conclusive:
        es += "; no concluyente: se vio menos del 80 % del mes"
        en += "; inconclusive: less than 80 % of the month was seen"
    note = Text(es, en)
    if charge is not None and charge.excess_kvarh is not None:
        return Figure("recargo", text, charge.excess_kvarh, "kvarh", month.covered, note)
    percent = None if charge is None else charge.percent
    return Figure("recargo", text, percent, "%", month.covered, note)


def _wear(wear: WearTrend | None) -> Iterator[Figure]:
    name = Text("Desgaste de contactos", "Contact wear")
    if wear is None:
        yield Figure("desgaste_contacto", name, None, "%")
        return
    count, days = wear.operations, wear.months * 365.25 / 12
    rise, span = _numbers(wear.last - wear.first, 0), _numbers(days, 0 if days >= 10 else 1)
    grew = Text(
        f"subió {rise.es} % en {span.es} días, con {count} operaciones por falla",
        f"rose by {rise.en} % in {span.en} days, with {count} operations on faults",
    )
    yield Figure("desgaste_contacto", name, wear.last, "%", None, grew)
    for key, months, es, en in (
        ("desgaste_meses", wear.by_time, "por el tiempo", "by time"),
        ("desgaste_meses_corriente", wear.by_current, "por las corrientes", "by the currents"),
    ):
        text = Text(f"Meses hasta {LIMIT:g} % de desgaste, {es}", f"Months to {LIMIT:g} %, {en}")
        currents = wear.currents if key == "desgaste_meses_corriente" else None
        note = Text("recta de mínimos cuadrados; orientativa", "line of least squares; a guess")
        if count < ENOUGH:
            note = Text(
                f"hacen falta {ENOUGH} operaciones por falla, y hubo {count}: período más largo",
                f"it takes {ENOUGH} operations on faults, there were {count}: a longer period",
            )
        elif currents is not None and not currents.conclusive:
            note = Text("de pocas se conoce la corriente", "of few the current is known")
        elif months is None:
            note = Text("no subió en el período", "it did not rise in the period")
        yield Figure(key, text, months, "meses", currents, note)
