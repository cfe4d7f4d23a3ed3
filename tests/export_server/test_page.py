"""The page for people: a form that a browser without scripts and a screen reader can use."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import httpx
import pytest

from celador.config import ExporterConfig
from celador.domain.device import Device
from celador.domain.quantities import MEASUREMENT_NAMES
from celador.surfaces.export_http.demand import PARAMETERS
from celador.surfaces.export_server.page import Shelf, form_page
from tests.export_server.conftest import CORDOBA, RANGE, Serve

# 2026-11-22 was a Sunday; 23:30 in Córdoba is already Monday in UTC.
SUNDAY_EVENING = int(datetime(2026, 11, 23, 2, 30, tzinfo=UTC).timestamp()) * 1_000_000


class Form(HTMLParser):
    """What a browser sees: the fields, their labels, and where the buttons lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.labels: set[str] = set()
        self.ids: dict[str, str] = {}
        self.inside_label = 0
        self.unlabelled: list[str] = []
        self.buttons: list[dict[str, str]] = []
        self.select = ""
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, found: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in found}
        self.tags.add(tag)
        self.links += [attributes[name] for name in ("href", "src") if name in attributes]
        name = attributes.get("name", "")
        if tag == "label":
            self.inside_label += 1
            self.labels.add(attributes.get("for", ""))
        elif tag == "button":
            self.buttons.append(attributes)
        elif tag == "select":
            self.select = name
            self.fields.setdefault(name, [])
            self.ids[name] = attributes.get("id", "")
        elif tag == "option" and "selected" in attributes:
            self.fields[self.select].append(attributes["value"])
        elif tag == "input":
            self._input(name, attributes)

    def _input(self, name: str, attributes: dict[str, str]) -> None:
        if attributes["type"] == "checkbox":
            self.fields.setdefault(name, [])
            if "checked" in attributes:
                self.fields[name].append(attributes["value"])
            if not self.inside_label:
                self.unlabelled.append(name)
            return
        self.fields[name] = [attributes["value"]]
        self.ids[name] = attributes.get("id", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.inside_label -= 1

    def pressed(self, path: str) -> list[tuple[str, str | int | float | bool | None]]:
        """What a browser sends when the button that leads there is pressed."""
        assert any(button.get("formaction") == path for button in self.buttons)
        return [(name, value) for name, values in self.fields.items() for value in values]


def shelf(*devices: Device) -> Shelf:
    return Shelf(devices, (0, SUNDAY_EVENING), CORDOBA)


def device(number: int, name: str = "norte", place: str = "") -> Device:
    return Device(number, name, place, "noja-rc10", 13_200.0)


async def test_every_field_has_a_label_and_is_a_parameter_of_the_service(serve: Serve) -> None:
    async with serve() as client:
        form = Form((await client.get("/")).text)
    assert set(form.fields) == set(PARAMETERS)
    assert set(form.ids.values()) <= form.labels
    assert form.unlabelled == []


async def test_nothing_is_loaded_from_anywhere_and_nothing_runs(serve: Serve) -> None:
    async with serve() as client:
        answer = await client.get("/")
    form = Form(answer.text)
    assert form.tags.isdisjoint({"script", "img", "link", "iframe"})
    assert form.links == []
    assert not re.search(r"url\(|@import|https?://", answer.text)
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
async def test_the_form_as_it_comes_downloads_a_file(kind: str, serve: Serve) -> None:
    async with serve() as client:
        form = Form((await client.get("/")).text)
        answer = await client.get(f"/export.{kind}", params=form.pressed(f"/export.{kind}"))
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith(f"_15min.{kind}")


async def test_the_form_shows_again_what_was_chosen(serve: Serve) -> None:
    chosen: dict[str, str | list[str]] = {
        "from": "2026-07-17T21:00",
        "to": "2026-07-17T21:05",
        "device": ["2"],
        "every": "7min",
        "columns": "va,ia",
        "decimal": "point",
        "timezone": "UTC",
    }
    async with serve() as client:
        form = Form((await client.get("/", params=httpx.QueryParams(chosen))).text)
    assert form.fields == {
        name: value if isinstance(value, list) else [value] for name, value in chosen.items()
    }


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("hoy", "2026-11-22", "2026-11-23"),
        ("semana", "2026-11-16", "2026-11-23"),
        ("mes", "2026-11-01", "2026-12-01"),
    ],
)
def test_a_period_is_set_by_a_button_and_leaves_the_rest_as_it_was(
    period: str, first: str, last: str
) -> None:
    chosen = {"periodo": [period], "from": ["2020-01-01T00:00"], "every": ["1h"], "device": ["1"]}
    form = Form(form_page(shelf(device(1)), chosen, SUNDAY_EVENING))
    assert (form.fields["from"], form.fields["to"]) == ([f"{first}T00:00"], [f"{last}T00:00"])
    assert (form.fields["every"], form.fields["device"]) == (["1h"], ["1"])
    (pressed,) = [each for each in form.buttons if each.get("aria-pressed") == "true"]
    assert (pressed["value"], pressed["formaction"]) == (period, "/")


def test_fifteen_minutes_of_today_with_a_comma_are_what_comes_first() -> None:
    form = Form(form_page(shelf(device(1)), {}, SUNDAY_EVENING))
    assert form.fields["every"] == ["15min"]
    assert form.fields["decimal"] == ["comma"]
    assert form.fields["from"] == ["2026-11-22T00:00"]
    assert form.fields["device"] == []


def test_names_are_shown_as_text_and_never_as_markup() -> None:
    evil = device(1, '"><script>alert(1)</script>', "<b>")
    page = form_page(shelf(evil), {"every": ['"><script>'], "timezone": ["<b>"]}, SUNDAY_EVENING)
    assert "script" not in Form(page).tags
    assert "b" not in Form(page.replace("<b>CELADOR</b>", "")).tags


def test_many_reclosers_go_into_a_list() -> None:
    many = [device(number, f"R{number}") for number in range(1, 200)]
    form = Form(form_page(shelf(*many), {"device": ["R7", "9"]}, SUNDAY_EVENING))
    assert form.fields["device"] == ["7", "9"]
    assert form.ids["device"] in form.labels


def test_an_empty_store_says_so() -> None:
    page = form_page(Shelf([], None, CORDOBA), {}, SUNDAY_EVENING)
    assert "Todavía no hay mediciones guardadas." in page
    assert "Todavía no hay equipos." in page


async def test_the_span_is_told_in_local_time(serve: Serve) -> None:
    async with serve() as client:
        page = (await client.get("/")).text
    assert "<time>17/07/2026 21:00</time> hasta <time>17/07/2026 21:04</time>" in page


async def test_the_span_is_told_in_the_zone_asked_for(serve: Serve) -> None:
    async with serve() as client:
        page = (await client.get("/", params={"timezone": "UTC"})).text
        wrong = (await client.get("/", params={"timezone": "Marte/Norte"})).text
    assert "<time>18/07/2026 00:00</time> hasta <time>18/07/2026 00:04</time>" in page
    assert "<time>17/07/2026 21:00</time>" in wrong


async def test_openapi_names_the_files_and_every_parameter(serve: Serve) -> None:
    async with serve(limits=ExporterConfig()) as client:
        document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == {
        *("/export.csv", "/export.parquet", "/export.xlsx", "/healthz", "/metrics"),
    }
    for kind in ("csv", "parquet", "xlsx"):
        parameters = document["paths"][f"/export.{kind}"]["get"]["parameters"]
        assert [each["name"] for each in parameters] == list(PARAMETERS)


async def test_every_choice_of_columns_on_the_page_can_be_exported(serve: Serve) -> None:
    async with serve() as client:
        page = (await client.get("/")).text
        choices = re.findall(r'<option value="([a-z_0-9,]+)"[^>]*>', page)
        columns = [choice for choice in choices if "estado" in choice]
        assert len(columns) == 4
        for choice in columns:
            answer = await client.get("/export.csv", params=RANGE | {"columns": choice})
            assert answer.status_code == 200
    assert max(columns, key=len).split(",") == [*MEASUREMENT_NAMES, "estado", "calidad"]
