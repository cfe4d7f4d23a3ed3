"""What every answer tells the browser it may do with it. The reasons stand in decision 0037."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders

_FEATURES = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
_ALWAYS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(f"{name}=()" for name in _FEATURES),
    # Not `no-referrer`: with it browsers send the forms of our own pages with `Origin: null`.
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_ASSETS = "/_nicegui/"  # NiceGUI says itself how long its files may be kept
NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""For answers that are no pages."""

PLAIN_PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""For pages without NiceGUI, which need none of its exceptions."""


def page_policy(nonce: str) -> str:
    """What the pages of NiceGUI may load and run: nothing from elsewhere.

    Args:
        nonce: marks the scripts that NiceGUI's own template has; a script that got into a page
            in any other way does not run.
    """
    return "; ".join(
        (
            "default-src 'none'",
            # Vue compiles NiceGUI's components from their templates, with `new Function`.
            f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",  # Vue and Quasar place things with style="..."
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def complete(headers: MutableHeaders, *, path: str, nonce: str, tls: bool) -> None:
    """Put on an answer what it does not say itself.

    Args:
        headers: of the answer; changed.
        path: what was asked for.
        nonce: of this request.
        tls: whether the browser speaks to us over TLS.
    """
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    is_page = headers.get("content-type", "").startswith("text/html")
    headers.setdefault("content-security-policy", page_policy(nonce) if is_page else NOTHING)
    if not path.startswith(_ASSETS):
        headers.setdefault("cache-control", "no-store")
    if tls:
        headers.setdefault("strict-transport-security", "max-age=31536000")
