"""`celador users`: who may enter the control room."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celador.cli.records import AsCsv, AsJson, ConfigFile, From, StoreFile, To, Zone
from celador.domain.errors import AccessError, UsageError

if TYPE_CHECKING:
    from celador.surfaces.web.access.access import Access
    from celador.surfaces.web.access.roles import Identity, Role

user_commands = typer.Typer(invoke_without_command=True)
token_commands = typer.Typer(invoke_without_command=True)
user_commands.add_typer(token_commands, name="token")

# The names in the rows for programs, for the head of a list that has none.
_USER_COLUMNS = ("nombre", "rol", "creado", "clave_cambiada", "ultimo_ingreso")
_AUDIT_COLUMNS = ("fecha_hora", "usuario", "origen", "direccion", "accion", "objeto", "resultado",
                  "detalle")  # fmt: skip
_TOKEN_COLUMNS = ("usuario", "nombre", "creada", "vence", "usada")

Name = Annotated[str, typer.Argument(help="User name.")]
RoleName = Annotated[str, typer.Option("--role", help="viewer, operator or administrator.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file", help="File with the password in its first line; - for standard input."
    ),
]


@user_commands.callback()
def users(context: typer.Context) -> None:
    """Add, list and remove the people who may enter the control room, and their tokens.

    The first administrator is made here; there is no default password:

    celador users add ana --role administrator

    A viewer looks and exports, an operator may also acknowledge and shelve alarms, an administrator
    may do everything. Users stand in a file beside the store, readable by its owner alone.
    """
    if context.invoked_subcommand is None:
        raise UsageError(
            "say what to do: celador users add, list, passwd, role, remove, audit or token"
        )


@user_commands.command()
def add(
    name: Name,
    role: RoleName = "viewer",
    password_file: PasswordFile = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Add a user; the password is asked for twice, and not shown."""
    from celador.surfaces.web.access.users import normal_name

    chosen = _role(role)
    # What is wrong with the name is said before a password is typed twice in vain.
    name = normal_name(name)
    with _access(config, store, new=True) as (access, console):
        if access.users.find(name) is not None:
            raise AccessError(
                f"there is a user {name!r} already; change the password with: "
                f"celador users passwd {name}"
            )
        access.users.add(name, chosen, _password(password_file), console)
        typer.echo(f"{name} may enter as {role}", err=True)


@user_commands.command("list")
def list_users(
    config: ConfigFile = None,
    store: StoreFile = None,
    timezone: Zone = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the users, their roles, and when they were last there."""
    from celador.cli.records import form_of, show

    when = _clock_face(timezone)
    with _access(config, store) as (access, _):
        show(
            "users",
            access.users.all(),
            lambda user: {
                "nombre": user.name,
                "rol": user.role.stored,
                "creado": when(user.created),
                "clave_cambiada": when(user.password_changed),
                "ultimo_ingreso": when(user.last_login) or None,
            },
            lambda user: (
                user.name,
                user.role.name.lower(),
                when(user.created),
                when(user.password_changed),
                when(user.last_login) or "never",
            ),
            ("user", "role", "added", "password changed", "last login"),
            form=form_of(as_json=as_json, as_csv=as_csv),
            columns=_USER_COLUMNS,
            otherwise="make the first with: celador users add NAME --role administrator",
        )


@user_commands.command()
def passwd(
    name: Name,
    password_file: PasswordFile = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Give a user another password; all their sessions end."""
    with _access(config, store) as (access, console):
        user = access.users.get(name)
        access.users.set_password(user.name, _password(password_file), console)
        typer.echo(f"{user.name} has a new password; their sessions have ended", err=True)


@user_commands.command("role")
def set_role(
    name: Name,
    role: Annotated[str, typer.Argument(help="viewer, operator or administrator.")],
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Give a user another role; all their sessions end."""
    chosen = _role(role)
    with _access(config, store) as (access, console):
        access.users.set_role(name, chosen, console)
        typer.echo(f"{access.users.get(name).name} is {role} now", err=True)


@user_commands.command()
def remove(name: Name, config: ConfigFile = None, store: StoreFile = None) -> None:
    """Remove a user with their sessions and tokens; the audit trail keeps what they did."""
    with _access(config, store) as (access, console):
        access.users.remove(name, console)
        typer.echo(f"{name} may no longer enter", err=True)


@user_commands.command()
def audit(
    start: From = "-7d",
    end: To = "now",
    limit: Annotated[int, typer.Option(help="Most rows; the newest.", min=1)] = 1000,
    config: ConfigFile = None,
    store: StoreFile = None,
    timezone: Zone = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List who did what in the control room, newest first."""
    from celador.cli.records import form_of, show
    from celador.surfaces.export import local_timezone, parse_instant, parse_timezone

    zone = parse_timezone(timezone) if timezone is not None else local_timezone()
    now, when = time.time_ns() // 1000, _clock_face(timezone)
    first, last = (parse_instant(text, zone, now=now) for text in (start, end))
    with _access(config, store) as (access, _):
        show(
            "audit",
            access.audit.read(first, last, limit),
            lambda row: {
                "fecha_hora": when(row.at),
                "usuario": row.user,
                "origen": row.via.value,
                "direccion": row.address,
                "accion": row.action,
                "objeto": row.thing,
                "resultado": row.result.value,
                "detalle": row.detail,
            },
            lambda row: (
                when(row.at),
                row.user or "",
                row.address or row.via.value,
                row.action,
                row.thing,
                row.result.value,
                row.detail,
            ),
            ("at", "user", "from", "action", "object", "result", "detail"),
            form=form_of(as_json=as_json, as_csv=as_csv),
            columns=_AUDIT_COLUMNS,
        )


@token_commands.callback()
def tokens(context: typer.Context) -> None:
    """Make, list and revoke the tokens by which programs use the REST API."""
    if context.invoked_subcommand is None:
        raise UsageError("say what to do: celador users token add, list or revoke")


@token_commands.command("add")
def add_token(
    user: Name,
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    days: Annotated[
        int | None, typer.Option(help="Days until it expires; else never.", min=1, max=3650)
    ] = None,
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Make a token with the user's role, and print it: it is shown this once and never again."""
    with _access(config, store) as (access, console):
        typer.echo(access.tokens.add(user, name, days, console))


@token_commands.command("list")
def list_tokens(
    config: ConfigFile = None,
    store: StoreFile = None,
    timezone: Zone = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the tokens, never the secrets themselves."""
    from celador.cli.records import form_of, show

    when = _clock_face(timezone)
    with _access(config, store) as (access, _):
        show(
            "tokens",
            access.tokens.all(),
            lambda token: {
                "usuario": token.user,
                "nombre": token.name,
                "creada": when(token.created),
                "vence": when(token.expires) or None,
                "usada": when(token.used) or None,
            },
            lambda token: (
                token.user,
                token.name,
                when(token.created),
                when(token.expires) or "when revoked",
                when(token.used) or "never",
            ),
            ("user", "token", "made", "expires", "last used"),
            form=form_of(as_json=as_json, as_csv=as_csv),
            columns=_TOKEN_COLUMNS,
            otherwise="make one with: celador users token add USER NAME",
        )


@token_commands.command("revoke")
def revoke_token(
    user: Name,
    name: Annotated[str, typer.Argument(help="What the token is for, as listed.")],
    config: ConfigFile = None,
    store: StoreFile = None,
) -> None:
    """Make a token worthless, at once."""
    with _access(config, store) as (access, console):
        access.tokens.revoke(user, name, console)
        typer.echo(f"the token {name!r} of {user} is worthless now", err=True)


def _role(text: str) -> Role:
    from celador.surfaces.web.access.roles import Role

    try:
        return Role[text.upper()]
    except KeyError:
        names = ", ".join(role.name.lower() for role in Role)
        raise UsageError(f"there is no role {text!r}; take one of {names}") from None


@contextmanager
def _access(
    config: Path | None, store: Path | None, *, new: bool = False
) -> Iterator[tuple[Access, Identity]]:
    """The users beside the store, and who sits at the console.

    Args:
        config: the configuration that names the store.
        store: the store itself, instead.
        new: make the file where there is none; else a mistyped store would look like an empty one.
    """
    import getpass

    from celador.cli.export import config_of
    from celador.surfaces.web.access.file import path_beside
    from celador.surfaces.web.access.roles import Identity, Role, Via

    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        name = "?"
    path = path_beside(config_of(config, store).store.path)
    if not new and not path.exists():
        raise AccessError(
            f"there is no {path}, so there are no users; look at --config or --store, or make the "
            "first with: celador users add NAME --role administrator"
        )
    with access_of(path) as access:
        yield access, Identity(name, Role.ADMINISTRATOR, Via.CONSOLE)


@contextmanager
def access_of(path: Path) -> Iterator[Access]:
    """The users of a file, made where there is none; the console opens no sessions."""
    from celador.clock import SystemClock
    from celador.surfaces.web.access.access import Access
    from celador.surfaces.web.access.sessions import Lifetimes

    with closing(Access(path, SystemClock(), Lifetimes(1.0, 1.0))) as access:
        yield access


def _password(file: Path | None) -> str:
    """The password: from a file, from standard input, or typed twice without being shown."""
    import getpass

    if file is not None:
        return _first_line(file)
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can type a password here; give --password-file with a file, or - and pipe it in"
        )
    first = getpass.getpass("Password: ", stream=sys.stderr)
    if getpass.getpass("Once more: ", stream=sys.stderr) != first:
        raise AccessError("the two passwords differ; run the command again")
    return first


def _first_line(file: Path) -> str:
    try:
        if str(file) == "-":
            return sys.stdin.readline().rstrip("\r\n")
        with file.open(encoding="utf-8") as stream:
            return stream.readline().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UsageError(f"{file} cannot be read ({what}); put the password there") from None


def _clock_face(timezone: str | None) -> Callable[[int | None], str]:
    from celador.cli.records import Choice
    from celador.surfaces.export import local_timezone, parse_timezone

    zone = parse_timezone(timezone) if timezone is not None else local_timezone()
    choice = Choice(0, 0, (), {}, zone)
    return choice.shown
