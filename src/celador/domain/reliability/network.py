"""Which recloser stands behind which, and the customers between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A recloser in the tree.

    Attributes:
        device_id: `equipos.id`.
        parent: the recloser that feeds it; None where no other recloser does.
        customers: customers behind it, those behind nested reclosers included; None for unknown.
        kva: transformer capacity behind it, the same way, kVA.
    """

    device_id: int
    parent: int | None = None
    customers: int | None = None
    kva: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Customers whom the same reclosers feed.

    Attributes:
        devices: the reclosers between them and the source, their own first.
        customers: None for unknown.
        kva: transformer capacity, kVA; None for unknown.
    """

    devices: tuple[int, ...]
    customers: float | None
    kva: float | None


def groups(nodes: Iterable[Node]) -> list[Group]:
    """One group for each recloser: the customers before the next recloser downstream.

    Raises:
        ValueError: the tree has a ring, a parent that is not there, or a recloser with fewer
            customers or kVA than those behind it.
    """
    by_id = {node.device_id: node for node in nodes}
    children: dict[int, list[Node]] = {}
    for node in by_id.values():
        if node.parent is not None:
            children.setdefault(node.parent, []).append(node)
    return [
        Group(
            _path(node, by_id),
            _rest(node.customers, [each.customers for each in children.get(key, ())]),
            _rest(node.kva, [each.kva for each in children.get(key, ())]),
        )
        for key, node in by_id.items()
    ]


def _path(node: Node, by_id: Mapping[int, Node]) -> tuple[int, ...]:
    path = [node.device_id]
    while node.parent is not None:
        if node.parent not in by_id or node.parent in path:
            raise ValueError(f"recloser {node.parent} is not above recloser {node.device_id}")
        node = by_id[node.parent]
        path.append(node.device_id)
    return tuple(path)


def _rest(
    whole: float | None, parts: list[float] | list[int | None] | list[float | None]
) -> float | None:
    known = [part for part in parts if part is not None]
    if whole is None or len(known) < len(parts):
        return None
    if whole < sum(known):
        raise ValueError("a recloser has fewer customers or kVA than those behind it")
    return whole - sum(known)
