"""`celador profiles`: the kinds of device that Celador knows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from celador.profiles.schema import Point, Profile

profile_commands = typer.Typer(invoke_without_command=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@profile_commands.callback()
def profiles(context: typer.Context, as_json: AsJson = False) -> None:
    """List the kinds of device that Celador knows, or show one with all its points.

    celador profiles

    celador profiles show noja-rc10
    """
    if context.invoked_subcommand is not None:
        return
    from celador.cli.tables import print_table
    from celador.profiles.schema import load_profile, profile_names

    loaded = [load_profile(name) for name in profile_names()]
    if as_json:
        listed = [
            {"name": each.name, "title": each.title, "points": len(each.points)} for each in loaded
        ]
        typer.echo(json.dumps({"profiles": listed}, ensure_ascii=False))
        return
    rows = [(each.name, each.title, str(len(each.points))) for each in loaded]
    print_table(("profile", "device", "points"), rows, right=1)


@profile_commands.command()
def show(
    name: Annotated[str, typer.Argument(help="A name of the library, or a file.")],
    as_json: AsJson = False,
) -> None:
    """Show what a profile says: the device, what it needs, what to beware of, and every point."""
    from celador.cli.tables import print_table
    from celador.profiles.schema import load_profile

    profile = load_profile(name)
    if as_json:
        typer.echo(json.dumps(_as_json(profile), ensure_ascii=False))
        return
    for line in _heading(profile):
        typer.echo(line)
    titles = ("ref.", "point", "type", "group", "unit", "description", "address")
    print_table(titles, [_row(point) for point in profile.points], right=1)
    if profile.controls:
        typer.echo(
            f"\n{len(profile.controls)} control points (coils), listed for people and never used:"
        )
        print_table(
            ("ref.", "point", "description", "address"),
            [
                (_text(c.reference), c.key, c.description_en, str(c.address))
                for c in profile.controls
            ],
            right=1,
        )


def _heading(profile: Profile) -> Iterator[str]:
    yield f"{profile.title} ({profile.name})"
    yield f"from {profile.revision}"
    yield f"for {', '.join(profile.products)}"
    for title, lines in (
        ("firmware", profile.firmware),
        ("requires", [text.en for text in profile.requirements]),
        ("beware", [text.en for text in profile.caveats]),
    ):
        for line in lines:
            yield f"{title}: {line}"
    yield ""


def _row(point: Point) -> tuple[str, ...]:
    return (
        _text(point.reference),
        point.key,
        f"{point.table.value} {point.type.value}",
        point.group,
        point.unit,
        point.description_en,
        str(point.address),
    )


def _text(reference: int | None) -> str:
    return "" if reference is None else str(reference)


def _as_json(profile: Profile) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(
        json.dumps(dataclasses.asdict(profile), default=lambda member: member.value)
    )
    return plain
