"""Users, sessions, tokens and the audit trail, over the real file."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import argon2
import pytest

from celador.domain.errors import AccessError, NotAllowedError, StoreError
from celador.domain.request import Answer, Request, RequestKind
from celador.surfaces.web.access import passwords, sessions
from celador.surfaces.web.access.access import Access
from celador.surfaces.web.access.audit import Action, Result
from celador.surfaces.web.access.roles import LOCAL, Identity, Role, Via
from tests.access.conftest import CONSOLE, HOUR, LIFETIMES, NAMES, PASSWORD, enter
from tests.support.clock import TurnedClock

FOREVER = 2**62


def trail(access: Access) -> list[tuple[str | None, str, str, Result]]:
    rows = access.audit.read(0, FOREVER)
    return [(row.user, row.action, row.thing, row.result) for row in rows]


def test_a_session_ends_when_it_is_not_used(access: Access, clock: TurnedClock) -> None:
    secret, _ = enter(access, "vera")
    for _ in range(3):
        clock.spend(7.9 * HOUR)
        assert access.sessions.check(secret, "") is not None
    clock.spend(8.1 * HOUR)
    assert access.sessions.check(secret, "") is None


def test_a_session_ends_at_last_however_much_it_is_used(access: Access, clock: TurnedClock) -> None:
    secret, _ = enter(access, "vera")
    hours = 0.0
    while access.sessions.check(secret, "") is not None:
        clock.spend(HOUR)
        hours += 1.0
    assert hours == 72.0


@pytest.mark.parametrize("change", ["password", "role", "removal", "logout"])
def test_a_change_ends_the_sessions(access: Access, change: str) -> None:
    secret, who = enter(access, "omar")
    other, _ = enter(access, "vera")
    if change == "password":
        access.users.set_password("omar", "otra frase muy larga", CONSOLE)
    elif change == "role":
        access.users.set_role("omar", Role.VIEWER, CONSOLE)
    elif change == "removal":
        access.users.remove("omar", CONSOLE)
    else:
        assert who.key is not None
        assert access.sessions.end(who, who.key)

    assert access.sessions.check(secret, "") is None
    assert access.current(who) is None
    assert access.sessions.check(other, "") is not None


def test_a_login_that_races_a_new_password_opens_nothing(
    access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = passwords.verify

    def verify_and_change(password: str, stored: str | None) -> bool:
        good = real(password, stored)
        access.users.set_password("omar", "otra frase muy larga", CONSOLE)
        return good

    monkeypatch.setattr(passwords, "verify", verify_and_change)
    assert access.sessions.begin("omar", PASSWORD, "", "") is None


def test_nobody_ends_the_session_of_another(access: Access) -> None:
    secret, omar = enter(access, "omar")
    _, vera = enter(access, "vera")
    assert omar.key is not None
    assert not access.sessions.end(vera, omar.key)
    assert access.sessions.check(secret, "") is not None
    assert [each.id for each in access.sessions.of(vera)] == [vera.key]


def test_a_wrong_password_and_an_unknown_user_open_nothing(access: Access) -> None:
    assert access.sessions.begin("omar", "tres tristes tigros", "10.0.0.9", "") is None
    assert access.sessions.begin("mi-clave-en-el-campo", PASSWORD, "10.0.0.9", "") is None
    rows = access.audit.read(0, FOREVER)
    assert [(row.thing, row.result, row.address) for row in rows[:2]] == [
        ("", Result.REFUSED, "10.0.0.9"),  # what was typed as a name may be a password
        ("omar", Result.REFUSED, "10.0.0.9"),
    ]


def test_secrets_are_kept_as_hashes_alone(access: Access, tmp_path: Path) -> None:
    secret, _ = enter(access, "omar")
    token = access.tokens.add("omar", "informe", None, CONSOLE)
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for text in (secret, token, token.removeprefix("celador_"), PASSWORD):
        assert text.encode() not in kept


def test_a_hash_with_old_parameters_is_renewed_at_login(access: Access, tmp_path: Path) -> None:
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with sqlite3.connect(tmp_path / "celador.db.usuarios") as other:
        other.execute("UPDATE usuarios SET clave = ? WHERE nombre = 'omar'", (old,))
    enter(access, "omar")
    with sqlite3.connect(tmp_path / "celador.db.usuarios") as other:
        ((now,),) = other.execute("SELECT clave FROM usuarios WHERE nombre = 'omar'")
    assert now.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    enter(access, "omar")


def test_a_token_is_its_users_until_revoked_or_expired(access: Access, clock: TurnedClock) -> None:
    token = access.tokens.add("omar", "informe", 2, CONSOLE)
    found = access.tokens.check(token, "10.0.0.9")
    assert found is not None
    assert (found.name, found.role, found.via) == ("omar", Role.OPERATOR, Via.TOKEN)
    assert access.tokens.check(token[:-1], "") is None
    assert access.tokens.check("", "") is None
    clock.spend(49 * HOUR)
    assert access.tokens.check(token, "") is None
    other = access.tokens.add("omar", "otra", None, CONSOLE)
    access.tokens.revoke("omar", "otra", CONSOLE)
    assert access.tokens.check(other, "") is None
    with pytest.raises(AccessError, match="they have: informe"):
        access.tokens.revoke("omar", "otra", CONSOLE)


def test_removing_a_user_removes_the_tokens(access: Access) -> None:
    token = access.tokens.add("omar", "informe", None, CONSOLE)
    access.users.remove("omar", CONSOLE)
    access.users.add("omar", Role.VIEWER, PASSWORD, CONSOLE)
    assert access.tokens.check(token, "") is None


def test_there_is_always_an_administrator(access: Access) -> None:
    with pytest.raises(AccessError, match="only administrator"):
        access.users.remove("ada", CONSOLE)
    with pytest.raises(AccessError, match="only administrator"):
        access.users.set_role("ADA", Role.OPERATOR, CONSOLE)
    access.users.set_role("omar", Role.ADMINISTRATOR, CONSOLE)
    access.users.remove("ada", CONSOLE)


@pytest.mark.parametrize("name", ["", " ", "local", "LOCAL", "a b", "a\nb", "<b>", "-x", "x" * 65])
def test_what_is_no_name_is_refused(access: Access, name: str) -> None:
    with pytest.raises(AccessError, match="cannot be a user name"):
        access.users.add(name, Role.VIEWER, PASSWORD, CONSOLE)


def test_a_name_is_one_however_it_is_written(access: Access) -> None:
    with pytest.raises(AccessError, match="already"):
        access.users.add("Omar", Role.VIEWER, PASSWORD, CONSOLE)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action", list(Action))
def test_each_role_may_do_what_it_may_and_no_more(
    access: Access, role: Role, action: Action
) -> None:
    _, who = enter(access, NAMES[role])
    if role >= action.needs:
        access.allow(who, action, "x")
    else:
        with pytest.raises(NotAllowedError, match=f"{who.name} is {role.name.lower()}"):
            access.allow(who, action, "x")
    last = access.audit.read(0, FOREVER)[0]
    assert (last.user, last.action) == (who.name, action.stored)
    assert last.result is (Result.DONE if role >= action.needs else Result.REFUSED)


def test_what_viewers_and_operators_may_do_is_written_here_too() -> None:
    # By hand: a new action that anybody may do has to be added here as well.
    assert {action for action in Action if action.needs is Role.VIEWER} == {
        Action.LOGIN,
        Action.LOGOUT,
        Action.END_SESSION,
        Action.OWN_PASSWORD,
        Action.EXPORT,
    }
    assert {action for action in Action if action.needs is Role.OPERATOR} == {
        Action.ACKNOWLEDGE,
        Action.SHELVE,
        Action.UNSHELVE,
        Action.OUT_OF_SERVICE,
        Action.IN_SERVICE,
        Action.RESET,
        Action.MARK_OUTAGE,
        Action.SIMULATE,
    }


class Box:
    """A box that shows what was put into it."""

    def __init__(self) -> None:
        self.found: list[Request] = []

    def put(self, request: Request) -> str:
        self.found.append(request)
        return "ticket"

    def answer(self, ticket: str) -> Answer | None:
        return None


@pytest.mark.parametrize("kind", list(RequestKind))
def test_the_box_takes_nothing_of_a_viewer_a_stranger_or_local(
    access: Access, kind: RequestKind
) -> None:
    box = Box()
    guarded = access.requests(box)
    for by in ("vera", "nobody", "local", ""):
        with pytest.raises(NotAllowedError):
            guarded.put(Request(1, by, kind, 1, 7))
    guarded.put(Request(1, "omar", kind, 1, 7))
    assert [request.by for request in box.found] == ["omar"]
    assert [row[0] for row in trail(access)[:5]] == ["omar", None, None, None, "vera"]


def test_without_login_local_may_everything_and_nobody_else(tmp_path: Path) -> None:
    box = Box()
    access = Access(tmp_path / "a", TurnedClock(), LIFETIMES, login=False)
    access.requests(box).put(Request(1, "local", RequestKind.ACKNOWLEDGE, 1, 7))
    with pytest.raises(NotAllowedError):
        access.requests(box).put(Request(1, "omar", RequestKind.ACKNOWLEDGE, 1, 7))
    assert len(box.found) == 1
    access.close()


def test_local_is_nobody_where_a_login_is_asked_for(access: Access) -> None:
    with pytest.raises(NotAllowedError):
        access.allow(LOCAL, Action.EXPORT)


async def test_what_fails_is_written_down_too(access: Access) -> None:
    _, omar = enter(access, "omar")

    def fail() -> None:
        raise StoreError("the box is full")

    with pytest.raises(StoreError):
        await access.perform(omar, Action.ACKNOWLEDGE, "1/7", fail)
    assert trail(access)[:2] == [
        ("omar", "reconocer alarma", "1/7", Result.FAILED),
        ("omar", "reconocer alarma", "1/7", Result.DONE),
    ]


async def test_nothing_is_done_without_its_row(access: Access, tmp_path: Path) -> None:
    _, omar = enter(access, "omar")
    with sqlite3.connect(tmp_path / "celador.db.usuarios") as other:
        other.execute("DROP TABLE auditoria")
    done: list[int] = []
    with pytest.raises(StoreError):
        await access.perform(omar, Action.ACKNOWLEDGE, "1/7", lambda: done.append(1))
    assert done == []


def test_rows_are_neither_changed_nor_deleted(access: Access, tmp_path: Path) -> None:
    access.close()
    with sqlite3.connect(tmp_path / "celador.db.usuarios") as other:
        with pytest.raises(sqlite3.IntegrityError, match="no se cambia"):
            other.execute("UPDATE auditoria SET usuario = 'x'")
        other.execute("UPDATE sqlite_sequence SET seq = seq")
        other.execute(
            "INSERT INTO auditoria (fecha_hora, origen, accion, resultado)"
            " VALUES (unixepoch() * 1000000, 'local', 'x', 'hecho')"
        )
        with pytest.raises(sqlite3.IntegrityError, match="no se borra"):
            other.execute("DELETE FROM auditoria")


def test_what_comes_from_outside_is_one_plain_line(access: Access) -> None:
    access.audit.write(None, Action.LOGIN, "a\nb\x1b[31m" + "x" * 9999)
    ((thing,),) = [(row.thing,) for row in access.audit.read(0, FOREVER)[:1]]
    assert thing.startswith("a�b�[31mx")
    assert len(thing) == 500


def test_the_file_is_private(access: Access, tmp_path: Path) -> None:
    enter(access, "omar")
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_a_file_that_others_could_read_is_closed_to_them(
    access: Access, tmp_path: Path, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    access.close()
    path = tmp_path / "celador.db.usuarios"
    path.chmod(0o664)
    again = Access(path, clock, LIFETIMES)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "was open to others (mode 664)" in caplog.text
    again.close()


def test_many_may_open_a_new_file_at_once(tmp_path: Path, clock: TurnedClock) -> None:
    opened: list[Access] = []
    makers = [
        threading.Thread(
            target=lambda: opened.append(Access(tmp_path / "new.usuarios", clock, LIFETIMES))
        )
        for _ in range(6)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    opened[0].users.add("ana", Role.VIEWER, PASSWORD, CONSOLE)
    assert [access.users.count() for access in opened] == [1] * 6
    for access in opened:
        access.close()


def test_a_foreign_or_newer_file_is_left_alone(tmp_path: Path, clock: TurnedClock) -> None:
    foreign, newer = tmp_path / "foreign", tmp_path / "newer"
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE x (y)")
    with pytest.raises(StoreError, match="database of another program"):
        Access(foreign, clock, LIFETIMES)
    Access(newer, clock, LIFETIMES).close()
    with sqlite3.connect(newer) as other:
        other.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer Celador"):
        Access(newer, clock, LIFETIMES)


def test_the_oldest_of_very_many_sessions_end(
    access: Access, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sessions._MOST == 20
    monkeypatch.setattr(sessions, "_MOST", 3)  # each login hashes a password
    first, _ = enter(access, "omar")
    clock.spend(1)
    for _ in range(sessions._MOST):
        last, who = enter(access, "omar")
    assert access.sessions.check(first, "") is None
    assert access.sessions.check(last, "") is not None
    assert len(access.sessions.of(who)) == sessions._MOST


def test_a_removed_and_readded_user_is_another(access: Access) -> None:
    _, who = enter(access, "omar")
    access.users.remove("omar", CONSOLE)
    access.users.add("omar", Role.ADMINISTRATOR, PASSWORD, CONSOLE)
    assert access.current(who) is None
    assert isinstance(who, Identity)
