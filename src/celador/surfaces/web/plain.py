"""A page that is HTML and no more: the frame of every page around a body (decision 0043)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import HTMLResponse

from celador.surfaces.web.access.headers import PLAIN_PAGE
from celador.surfaces.web.assets import address, module
from celador.surfaces.web.layout import DEAD, HEAD, LANG, MAIN, NAV, dead, header, navigation
from celador.surfaces.web.page import Page, PageContext
from celador.surfaces.web.parts.markup import tag, text


def answer(page: Page, pages: Sequence[Page], context: PageContext) -> HTMLResponse:
    """The whole page.

    Args:
        page: what was asked for; it has `html`.
        pages: all that the navigation may name.
        context: of the page.
    """
    viewer = context.viewer
    theme = None if viewer.theme == "system" else viewer.theme
    inside = "" if page.html is None else page.html(context)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", text(page.document_title(context))),
        tag("link", rel="icon", type="image/svg+xml", href=address("celador.svg")),
        HEAD,
        *map(module, page.modules),
    )
    body = tag(
        "body",
        tag(
            "div",
            tag("nav", navigation(page, pages, context), aria_label=viewer.t("Sections"), **NAV),
            tag(
                "main",
                tag("div", dead(context), **DEAD),
                tag("div", header(page, context)),
                inside,
                **MAIN,
            ),
            class_="room",
        ),
    )
    attributes = {"data_theme": theme, "data_palette": viewer.palette}
    html = tag("html", head, body, lang=LANG[viewer.language], **attributes)
    return HTMLResponse(f"<!doctype html>{html}", headers={"content-security-policy": PLAIN_PAGE})
