"""Every state in which PostgreSQL fails: come back later, or never."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from celador.domain.errors import (
    HistorianAwayError,
    RowsRejectedError,
    TableStuckError,
    TooSlowError,
)
from celador.stores.timescale.errors import historian_error

LATER = {
    errors.ConnectionFailure: "check server and network",
    errors.AdminShutdown: "start it again",
    errors.CrashShutdown: "look at its log",
    errors.CannotConnectNow: "wait until it is up",
    errors.DiskFull: "free space there",
    errors.OutOfMemory: "give it more",
    errors.TooManyConnections: "raise max_connections",
    errors.InvalidPassword: "check user and password",
    errors.InvalidAuthorizationSpecification: "check user and password",
    errors.InvalidCatalogName: "create it",
    errors.ReadOnlySqlTransaction: "takes writes",
    errors.InsufficientPrivilege: "its own role",
    errors.UndefinedTable: "run `celador historian migrate`",
    errors.UndefinedColumn: "run `celador historian migrate`",
    errors.InvalidSchemaName: "run `celador historian migrate`",
    errors.QueryCanceled: "look at its load",
    errors.LockNotAvailable: "end that session",
    errors.DeadlockDetected: "try again",
    errors.SerializationFailure: "try again",
    errors.IoError: "look at the server's log",
    errors.InternalError_: "look at the server's log",
    errors.FeatureNotSupported: "look at the server's log",
    errors.ForeignKeyViolation: "run `celador historian resend`",
    psycopg.DataError: "look at the server's log",
    psycopg.ProgrammingError: "look at the server's log",
    psycopg.OperationalError: "check address and server",
}
NEVER = (
    errors.NumericValueOutOfRange,
    errors.DatetimeFieldOverflow,
    errors.UntranslatableCharacter,
    errors.NotNullViolation,
    errors.CheckViolation,
    errors.ProgramLimitExceeded,
)
OF_ONE_TABLE = (
    *(errors.ForeignKeyViolation, errors.UndefinedColumn, errors.InsufficientPrivilege),
    *(errors.LockNotAvailable, errors.IndexCorrupted, psycopg.ProgrammingError),
)


@pytest.mark.parametrize(("kind", "mend"), LATER.items(), ids=str)
def test_what_may_heal_keeps_its_rows_and_names_the_mend(
    kind: type[psycopg.Error], mend: str
) -> None:
    found = historian_error(kind("what it said\nDETAIL: more"), "db:5432/celador")
    assert isinstance(found, HistorianAwayError)
    assert mend in str(found)
    assert "db:5432/celador" in str(found)
    assert "DETAIL" not in str(found)


@pytest.mark.parametrize("kind", OF_ONE_TABLE)
def test_what_is_wrong_with_one_table_says_nothing_of_the_others(kind: type[psycopg.Error]) -> None:
    assert type(historian_error(kind("what it said"), "db")) is TableStuckError


def test_a_statement_that_took_too_long_may_go_in_smaller_pieces() -> None:
    assert type(historian_error(errors.QueryCanceled("too long"), "db")) is TooSlowError


@pytest.mark.parametrize("kind", NEVER)
def test_what_the_rows_are_to_blame_for_is_rejected(kind: type[psycopg.Error]) -> None:
    found = historian_error(kind("what it said"), "db:5432/celador")
    assert isinstance(found, RowsRejectedError)
    assert "what it said" in str(found)
