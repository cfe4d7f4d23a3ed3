"""What the OpenAPI documents say beyond what FastAPI finds out: who may ask, and every refusal.

Parameters are read as they came, so FastAPI refuses none by itself: its 422 never happens, and what
does happen would not be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI

Schema = Mapping[str, Any]
Answers = dict[int | str, dict[str, Any]]

FILE: Answers = {200: {"description": "The file."}}
FIGURES: Answers = {200: {"description": "The figures.", "content": {"text/plain": {}}}}

_SAID = {
    400: "It makes no sense; the sentence says what to write instead.",
    401: "The token is missing, wrong or revoked.",
    403: "The role does not allow it, or another site has sent it.",
    404: "There is no such thing.",
    413: "The body is too long.",
    421: "This is no name of the server.",
    429: "Too many requests; Retry-After says when to go on.",
    503: "It cannot be had now; Retry-After may say when.",
}


def refusals(media: str, schema: Schema, *statuses: int) -> Answers:
    """For FastAPI's `responses`.

    Args:
        media: type of the body of a refusal.
        schema: of that body.
        statuses: that there may be.
    """
    content = {media: {"schema": schema}}
    return {status: {"description": _SAID[status], "content": content} for status in statuses}


def answer(schema: Schema, said: str = "As asked.", media: str = "application/json") -> Any:  # noqa: ANN401 -- as FastAPI's own responses
    """One entry of FastAPI's `responses`."""
    return {"description": said, "content": {media: {"schema": schema}}}


def complete_document(app: FastAPI, open_to_all: Sequence[str]) -> None:
    """Let the application's document name the token, and no answer that never comes.

    Args:
        app: the application.
        open_to_all: paths that need no token.
    """
    made = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = made()
            found.setdefault("components", {}).pop("schemas", None)  # of the 422 alone
            found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            for path, methods in found["paths"].items():
                for operation in methods.values():
                    operation["responses"].pop("422", None)
                    if path not in open_to_all:
                        operation["security"] = [{"token": []}]
        return app.openapi_schema or {}

    app.openapi = document  # type: ignore[method-assign]  # as FastAPI's manual has it
