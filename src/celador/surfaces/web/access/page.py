"""The pages that need no scripts: to log in, and one's own account."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape
from importlib.resources import files
from urllib.parse import quote

from celador.domain.writing import Language
from celador.surfaces.web.access.roles import Identity, Role
from celador.surfaces.web.access.sessions import Session
from celador.surfaces.web.i18n import LANGUAGES, translate

_CSS = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
_CSS_HASH = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LANGUAGE_NAMES = {"es": "Español", "en": "English"}

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""What a browser may load for these pages: their own style, and nothing else."""

_NOBODY = "Nobody can log in yet. On the machine where Celador runs, make the first administrator:"
_PASSWORDS = (
    ("Current password", "clave", "current-password"),
    ("New password, 12 characters or more", "nueva", "new-password"),
    ("New password once more", "otra_vez", "new-password"),
)
_ROLE_NAMES = {
    Role.VIEWER: "Viewer",
    Role.OPERATOR: "Operator",
    Role.ADMINISTRATOR: "Administrator",
}


def _page(language: Language, title: str, body: str, kind: str = "") -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Celador</title><style>{_CSS}</style></head>"
        f'<body><main class="{kind}">{body}</main></body></html>'
    )


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _trouble(language: Language, text: str) -> str:
    if not text:
        return ""
    return (
        f'<p class="bad" role="alert"><b>{translate(language, "Not done.")}</b> {escape(text)}</p>'
    )


def _field(label: str, name: str, kind: str, complete: str, value: str = "") -> str:
    first = " autofocus" if name == "usuario" and not value else ""
    return (
        f'<label>{escape(label)}<input name="{name}" type="{kind}" autocomplete="{complete}" '
        f'value="{escape(value)}" maxlength="256" required spellcheck="false" '
        f'autocapitalize="none"{first}></label>'
    )


def login_page(
    language: Language, *, token: str, wanted: str, name: str = "", trouble: str = "", empty: bool
) -> str:
    """The page to log in.

    Args:
        language: of the page.
        token: shows that the form is ours.
        wanted: the path to go to afterwards.
        name: what was typed before.
        trouble: what was wrong, in the language.
        empty: whether there are no users yet.
    """

    def t(text: str) -> str:
        return translate(language, text)

    others = " ".join(
        f'<a href="/ingresar?idioma={other}&amp;ir={quote(wanted, safe="")}" lang="{other}">'
        f"{_LANGUAGE_NAMES[other]}</a>"
        for other in LANGUAGES
        if other != language
    )
    if empty:
        form = (
            f"<p>{escape(t(_NOBODY))}</p>"
            "<p><code>celador users add NOMBRE --role administrator</code></p>"
        )
    else:
        form = (
            f'<form method="post" action="/ingresar?idioma={language}">{_hidden("ficha", token)}'
            f"{_hidden('ir', wanted)}"
            f"{_field(t('User'), 'usuario', 'text', 'username', name)}"
            f"{_field(t('Password'), 'clave', 'password', 'current-password')}"
            f"<button>{escape(t('Log in'))}</button></form>"
        )
    body = (
        f"<section><h1>Celador</h1><p>{escape(t('Monitoring of reclosers'))}</p>"
        f"{_trouble(language, trouble)}{form}</section><footer>{others}</footer>"
    )
    return _page(language, t("Log in"), body)


def account_page(
    language: Language,
    who: Identity,
    sessions: Sequence[Session],
    zone: tzinfo,
    *,
    token: str,
    trouble: str = "",
) -> str:
    """One's own account: role, sessions, password.

    Args:
        language: of the page.
        who: whose.
        sessions: theirs.
        zone: of the times.
        token: shows that the forms are ours.
        trouble: what was wrong, in the language.
    """

    def t(text: str) -> str:
        return escape(translate(language, text))

    key = _hidden("ficha", token)
    rows = "".join(_session_row(language, each, each.id == who.key, zone, key) for each in sessions)
    fields = "".join(
        _field(translate(language, label), name, "password", complete)
        for label, name, complete in _PASSWORDS
    )
    heads = "".join(f"<th>{t(head)}</th>" for head in ("Browser", "From", "Last use", ""))
    body = (
        f"<section><h1>{escape(who.name)}</h1><p>{t(_ROLE_NAMES[who.role])}</p>"
        f'{_trouble(language, trouble)}<form method="post" action="/salir">{key}'
        f'<button class="plain">{t("Log out")}</button></form></section>'
        f'<section><h2>{t("Sessions")}</h2><div class="scroll"><table><tr>{heads}</tr>{rows}'
        f"</table></div></section><section><h2>{t('Change password')}</h2>"
        f'<form method="post" action="/cuenta/clave">{key}'
        f"{fields}"
        f"<button>{t('Change password')}</button></form></section>"
        f'<footer><a href="/">{t("Back to the reclosers")}</a></footer>'
    )
    return _page(language, translate(language, "Account"), body, "wide")


def _session_row(language: Language, session: Session, here: bool, zone: tzinfo, key: str) -> str:
    seen = (_EPOCH + timedelta(microseconds=session.seen)).astimezone(zone)
    end = (
        f'<form method="post" action="/cuenta/sesion">{key}{_hidden("sesion", str(session.id))}'
        f'<button class="plain">{escape(translate(language, "End"))}</button></form>'
    )
    mark = escape(translate(language, "this one")) if here else end
    cells = (session.browser or "—", session.address or "—", seen.isoformat(" ", "minutes"))
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + f"<td>{mark}</td></tr>"
