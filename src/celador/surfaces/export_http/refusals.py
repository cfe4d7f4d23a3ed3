"""What the service will not do, told in one sentence for programs and one for people."""

from __future__ import annotations

from celador.domain.errors import CeladorError, HistorianAwayError, StoreError

_STORE_AWAY_ES = "Los datos no se pueden leer ahora; pruebe de nuevo en un minuto."
_TRY_AGAIN_S = 60
_LONGEST, _ENDS = 400, 180  # letters


def shortened(text: str) -> str:
    """A sentence without the middle of a value that nobody could read; its mend is at the end."""
    return text if len(text) <= _LONGEST else f"{text[:_ENDS]} … {text[-_ENDS:]}"


class Refusal(Exception):  # noqa: N818 -- a refusal is an answer, not a defect
    """An answer that is not the export.

    Attributes:
        status: the HTTP status, 400 to 599.
        text: the sentence for programs, in English; ends with the mend.
        es: the same for people, in Spanish.
        retry_after: seconds after which trying again makes sense; None where it never does.
    """

    def __init__(self, status: int, text: str, es: str, retry_after: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = shortened(text)
        self.es = es
        self.retry_after = retry_after


def refusal_of(error: CeladorError) -> Refusal:
    """The answer to a failure that came before the first byte of an export."""
    if isinstance(error, StoreError | HistorianAwayError):
        return Refusal(503, str(error), _STORE_AWAY_ES, _TRY_AGAIN_S)
    return Refusal(400, str(error), f"El pedido no se puede cumplir: {error}.")
