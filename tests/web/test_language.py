"""No page speaks two languages: every word that a browser shows is looked at, in both."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page

from celador.surfaces.web.i18n import catalogue
from celador.surfaces.web.pages import PAGES
from tests.web.conftest import Room
from tests.web.test_data_pages import wait_for_rows

# Every text and every title or label, even of what is folded away; not the names of columns of the
# database, which are the same in every language, nor the languages' own names, nor the log, which
# is written once, in English, and says so to who has it read aloud.
_WORDS = """() => {
    const left_out = "script, style, code, .tail[lang=en], table.preview thead," +
        "select[name=language], input[name=c] + span, input[name=m] + span";
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
        if (!node.parentElement.closest(left_out)) found.push(node.data.trim());
    for (const each of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
        for (const name of ["aria-label", "title", "placeholder", "alt"])
            found.push((each.getAttribute(name) ?? "").trim());
    return found.filter(Boolean);
}"""
_SPANISH_LETTERS = re.compile("[áéíóúñ¿¡]", re.IGNORECASE)
# Spanish words that no English text of ours has, for sentences that were put together elsewhere.
_SPANISH = re.compile(r"\b(de|del|la|los|las|por|sin|cerrado|abierto|arriba|abajo|valle|pico)\b")
_ENGLISH = re.compile(r"\b(the|of|and|by|with|without|closed|open|up|down|peak|is|are|was)\b")
_KEY = re.compile(r" \[\w+\]$")  # of a point, after its name


@pytest.fixture
def story(room: Room, request: pytest.FixtureRequest) -> str:
    """Something has happened to the second recloser; the address of what it did."""
    seen = "SELECT clave FROM operaciones WHERE equipo_id = 2 AND disparos > 0"
    wait_for_rows(room, "SELECT 1 FROM mediciones WHERE equipo_id = 2 AND estado = 1", 3)
    if not wait_for_rows(room, seen, 0):
        request.getfixturevalue("calm")
        room.play("S1", device=2)
    return f"/operaciones/2/{wait_for_rows(room, seen)[0][0]}"


def _pages(story: str) -> list[str]:
    listed = [each.path.replace("{id}", "2") for each in PAGES if "{equipo}" not in each.path]
    return [*listed, story, "/cuenta"]


def _words(page: Page, room: Room, path: str) -> list[str]:
    page.goto(room.url + path)
    page.locator("h1, h2, b").first.wait_for()
    if path in ("/calidad", "/confiabilidad"):
        page.locator("table.list").first.wait_for(state="attached")
    found: list[str] = page.evaluate(_WORDS)
    return found


def _speak(context: BrowserContext, room: Room, language: str) -> None:
    wanted = f"{language}|light|utilitaria|America/Argentina/Buenos_Aires"
    context.add_cookies([{"name": "celador_vista", "value": wanted, "url": room.url}])


def test_no_page_speaks_two_languages(
    room: Room, context: BrowserContext, page: Page, story: str
) -> None:
    pairs = [(en, es) for en, es in catalogue("es").items() if en != es]
    english, spanish = {en for en, _ in pairs}, {es for _, es in pairs}
    both = english & spanish
    for language, foreign, word in (
        ("en", spanish - both, _SPANISH),
        ("es", english - both, _ENGLISH),
    ):
        _speak(context, room, language)
        for path in _pages(story):
            words = [_KEY.sub("", text) for text in _words(page, room, path) if text[0] != "/"]
            assert len(words) > 10, path
            leaks = {text for text in words if text in foreign or word.search(text)}
            if language == "en":
                leaks |= {text for text in words if _SPANISH_LETTERS.search(text)}
            assert not leaks, f"{path} in {language}: {leaks}"


def test_the_rows_of_an_operation_have_the_names_of_the_profile(
    room: Room, context: BrowserContext, page: Page, story: str
) -> None:
    # The trip itself, or where it fell between two polls the reclosing that followed.
    for language, names in (
        ("es", ("Abierto por disparo de protección", "Cerrado por recierre automático")),
        ("en", ("Open by a protection trip", "Closed by automatic reclosing")),
    ):
        _speak(context, room, language)
        page.goto(room.url + story)
        rows = page.locator("svg.timeline text.name")
        rows.first.wait_for()
        texts = [each.strip() for each in rows.all_text_contents()]
        assert any(name in each for name in names for each in texts), texts
        shown = rows.evaluate_all("(all) => all.map((e) => e.lastChild.data)")
        assert not [each for each in shown if re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", each)]
        # The name stands within the picture, left of its bar.
        assert rows.evaluate_all("(all) => Math.min(...all.map((e) => e.getBBox().x))") >= 0
