"""What every table of the configuration has in common."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from celador.domain.errors import ConfigError


class Settings(BaseModel):
    """A table of settings: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def secret_in(file: Path, setting: str, what: str) -> str:
    """What a file holds that holds one secret and nothing else.

    Args:
        file: the file.
        setting: the setting that names it.
        what: what it holds, such as "password".

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(
            f"{setting}: {file} cannot be read ({why}); put the {what} there, alone on one line"
        ) from None
