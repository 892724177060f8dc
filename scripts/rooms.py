"""The rooms of kg/ and the arrows between them, from the imports of the code, as a Markdown list."""

from __future__ import annotations

import sys

import grimp


def room(module: str) -> str:
    """The room of a module: its package, or the module itself on the ground and at the face."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "kg"


def arrows() -> dict[str, set[str]]:
    """Room → rooms that it imports from; the package's own `__init__` left out."""
    graph = grimp.build_graph("kg", exclude_type_checking_imports=True)
    found: dict[str, set[str]] = {}
    for module in sorted(graph.modules):
        for imported in graph.find_modules_directly_imported_by(module):
            low, high = room(module), room(imported)
            if low != high and "kg" not in (low, high):
                found.setdefault(low, set()).add(high)
    return found


def listing() -> str:
    """One line a room, top floor first."""
    found = arrows()
    rooms = set(found) | {high for highs in found.values() for high in highs}
    floors: dict[str, int] = {}

    def floor(name: str) -> int:
        if name not in floors:
            floors[name] = 1 + max((floor(low) for low in found.get(name, ())), default=0)
        return floors[name]

    order = sorted(rooms, key=lambda name: (-floor(name), name))
    lines = []
    for name in order:
        below = [low for low in order if low in found.get(name, ())]
        lines.append(f"- `{name}` → {', '.join(f'`{low}`' for low in below)}" if below else f"- `{name}`")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(listing())
