"""Requests by way of the historian: from the web screens to the collector, and its answers back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg

from celador.documents import dump, load
from celador.domain.errors import HistorianAwayError, StoreError
from celador.domain.request import NOT_UNDERSTOOD, Answer, Left, Request, RequestKind
from celador.stores.timescale.connection import Connection, connect
from celador.stores.timescale.errors import historian_error, place_of
from celador.stores.timescale.queries import QUERIES

_TIMEOUT = 10.0  # s that the server may take for one statement


class TimescaleRequestBox:
    """Where the web screens leave requests; implements `ports.RequestBox`.

    Each call connects anew: calls are rare.
    """

    def __init__(self, dsn: str) -> None:
        """Note where the historian is.

        Args:
            dsn: connection as the role `celador_web`.

        Raises:
            HistorianAwayError: `dsn` is no connection string.
        """
        self._dsn = dsn
        self._where = place_of(dsn)

    def put(self, request: Request) -> str:
        """Leave a request for the collector whose alarm or interruption it is about.

        Raises:
            StoreError: it could not be left, or there is no such alarm or interruption.
        """
        ticket = secrets.token_hex(8)
        table = "interrupciones" if request.kind is RequestKind.MARK_OUTAGE else "alarmas"
        with _connected(self._dsn, self._where) as connection:
            sql = QUERIES["collector_of"].format(table=table)
            found = connection.execute(sql, (request.device_id, request.key)).fetchall()
            if not found:
                message = f"the historian {self._where} has no such row in {table}: look again"
                raise StoreError(message)
            if len(found) > 1:
                raise StoreError(
                    f"several collectors have this row in {table}: ask where the collector runs"
                )
            connection.execute(QUERIES["put_request"], (ticket, found[0][0], dump(request)))
        return ticket

    def answer(self, ticket: str) -> Answer | None:
        """What became of a request; None while it waits.

        Raises:
            StoreError: the historian cannot be asked.
        """
        with _connected(self._dsn, self._where) as connection:
            row = connection.execute(QUERIES["answer_of"], (ticket,)).fetchone()
        return None if row is None else Answer(bool(row[0]), row[1], row[2])


class TimescaleRelay:
    """The requests to one collector; implements `ports.RequestRelay`.

    It keeps one connection, and opens it anew after each failure. Use it from one thread.
    """

    def __init__(self, dsn: str, collector: str) -> None:
        """Note where the historian is, and whose requests are wanted.

        Args:
            dsn: connection as the role `celador_ingest`.
            collector: name of the collector.

        Raises:
            HistorianAwayError: `dsn` is no connection string.
        """
        self._dsn = dsn
        self._where = place_of(dsn)
        self._collector = collector
        self._connection: Connection | None = None

    def waiting(self) -> tuple[Sequence[Left], Sequence[str]]:
        """Requests that nobody has taken, the oldest first, and tickets that lack their answer.

        A request that cannot be understood is answered here.

        Raises:
            HistorianAwayError: the historian cannot be asked.
        """
        fresh, unanswered = [], []
        for ticket, document, taken in self._run("waiting_requests", (self._collector,)):
            if taken:
                unanswered.append(ticket)
                continue
            try:
                fresh.append(Left(ticket, load(Request, document)))
            except ValueError:
                self.settle({ticket: NOT_UNDERSTOOD})
        return fresh, unanswered

    def taken(self, ticket: str) -> None:
        """Note that the collector has a request.

        Raises:
            HistorianAwayError: it could not be noted.
        """
        self._run("take_request", (ticket,))

    def settle(self, answers: Mapping[str, Answer]) -> None:
        """Pass answers on, by ticket; the first answer of a request stays.

        Raises:
            HistorianAwayError: not all could be passed on.
        """
        for ticket, answer in answers.items():
            told = (int(answer.done), answer.text_es, answer.text_en, ticket)
            self._run("answer_request", told)

    def close(self) -> None:
        """Close the connection; safe to call twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _run(self, query: str, arguments: Sequence[object]) -> list[tuple[Any, ...]]:
        try:
            if self._connection is None:
                self._connection = connect(
                    self._dsn, statement_timeout=_TIMEOUT, name="celador pedidos"
                )
            cursor = self._connection.execute(QUERIES[query], arguments)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            self.close()
            raise HistorianAwayError(str(historian_error(error, self._where))) from error


@contextmanager
def _connected(dsn: str, where: str) -> Iterator[Connection]:
    try:
        with closing(connect(dsn, statement_timeout=_TIMEOUT, name="celador web")) as connection:
            yield connection
    except psycopg.Error as error:
        raise historian_error(error, where) from error
