"""How many walks there can be, without making one."""

from __future__ import annotations

from kg.engine.arcs import Arcs, node_mask
from kg.engine.ask import Ask, Reach


def count_bound(arcs: Arcs, ask: Ask) -> int:
    """How many walks there can be at most: those that may visit a node twice are counted too.

    Costs one pass over the arcs per step and enumerates nothing. Way-points and sign are not looked at.
    """
    lengths = {ask.max_length} if ask.exact else set(range(1, ask.max_length + 1))
    if not arcs.is_small:
        return _count_large(arcs, ask, lengths)
    now = dict.fromkeys(ask.starts, 1)
    total = 0
    reach = Reach(arcs, ask).open
    targets = ask.targets - ask.avoid
    for depth in range(ask.max_length):
        layer = reach[depth + 1]
        following: dict[int, int] = {}
        for node, n in now.items():
            for head, _ in arcs.out[node]:
                if head in layer:
                    following[head] = following.get(head, 0) + n
        now = following
        if depth + 1 in lengths:
            total += sum(n for node, n in now.items() if node in targets)
    return total


def _count_large(arcs: Arcs, ask: Ask, lengths: set[int]) -> int:
    import numpy as np

    a = arcs.arrays
    free = np.ones(arcs.n, bool)
    free[np.fromiter(ask.avoid, np.int64)] = False
    ends = free & node_mask(arcs.n, ask.targets)
    now = np.zeros(arcs.n)
    now[np.fromiter(ask.starts, np.int64)] = 1
    total = 0.0
    for depth in range(ask.max_length):
        # Sums over the rows of the reversed graph: what arrives at each node.
        gathered = np.concatenate([[0.0], np.cumsum(now[a.source[a.in_arc]])])
        now = gathered[a.in_start[1:]] - gathered[a.in_start[:-1]]
        now *= free
        if depth + 1 in ask.at:
            now *= node_mask(arcs.n, ask.at[depth + 1])
        if depth + 1 in lengths:
            total += now[ends].sum()
    return int(total)
