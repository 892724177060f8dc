"""Which single causes explain measured changes, scored for every cause of a large graph at once.

Prediction, counting and test are those of `kg.mechanism.explanation` (Chindelevitch et al. 2012, doi
10.1186/1471-2105-13-35) with two departures. Names stand for themselves: on an engine nothing is known of
what is below what. And every edge counts as if its belief were 1, so that shortest paths of both signs make
an effect ambiguous, whatever speaks for either; weights by belief would need a search from each cause of its
own.

The search starts from what was measured and goes against the edges, so that one pass per step serves all
causes: a row is (cause, measured entity, steps and signs of the shortest paths), and each is made once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from kg.errors import BadInput
from kg.mechanism.ternary import adjusted, rounded, scores_of, tail
from kg.scale.connect import Packed, ibis
from kg.scale.paths import LONGEST, among, engine_errors, keeping

__all__ = ["Cause", "score_signature"]


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause raised (1) or lowered (−1): correct − incorrect predictions, exact p, Benjamini-Hochberg q."""

    node: int
    sign: int
    score: int
    p: float
    q: float
    n_correct: int
    n_incorrect: int
    n_ambiguous: int


def score_signature(
    packed: Packed, measured: Mapping[int, int], *, max_length: int = 3, causes: Collection[int] | None = None
) -> list[Cause]:
    """Causes that explain more changes than they contradict: by p, then score (highest first), node and sign.

    `measured`: node → 1, −1 or 0 (measured, unchanged). `causes`: only these; else every entity that acts.
    Raises BadInput.
    """
    if not 1 <= max_length <= LONGEST:
        raise BadInput(f"--max-length {max_length}: on an engine choose 1 to {LONGEST} steps")
    if not any(measured.values()):
        raise BadInput("nothing measured is up or down, so there is nothing to explain")
    with keeping(packed) as kept, engine_errors(packed):
        e = packed.edges
        arrows = e.filter(e.sign != 0).select("subject", "object", plus=(e.sign == 1).cast("int32"))
        led_to = arrows.filter(among(packed, arrows.object, measured)).select(node="object").distinct()
        inside = {node: measured[node] for node in sorted(packed.rows(led_to).column("node").to_pylist())}
        if not inside:
            return []
        first = arrows.filter(among(packed, arrows.object, inside))
        # Signs of the shortest paths: whether one is positive, whether one is negative.
        one = first.group_by(node=first.subject, end=first.object).agg(
            up=first.plus.max(), down=(1 - first.plus).max()
        )
        one = one.mutate(up=one.up.cast("int32"), down=one.down.cast("int32"))
        now, n = kept.keep(one.filter(one.node != one.end))
        layers = [(1, now)]
        for length in range(2, max_length + 1):
            if not n:
                break
            step = arrows.join(now, arrows.object == now.node)
            further = step.group_by(node=step.subject, end=step.end).agg(
                up=ibis().ifelse(step.plus == 1, step.up, step.down).max(),
                down=ibis().ifelse(step.plus == 1, step.down, step.up).max(),
            )
            further = further.mutate(up=further.up.cast("int32"), down=further.down.cast("int32"))
            further = further.filter(further.node != further.end)
            for _, seen in layers:
                seen = seen.view()
                further = further.anti_join(seen, [further.node == seen.node, further.end == seen.end])
            now, n = kept.keep(further)
            layers.append((length, now))
        reached = reduce(lambda a, b: a.union(b), (t.select("node", "end", "up", "down") for _, t in layers))
        if causes is not None:
            reached = reached.filter(among(packed, reached.node, causes))
        changes = packed.table_of(end=list(inside), change=list(inside.values()))
        t = reached.join(changes.mutate(end=changes.end.cast(reached.end.type())), "end")
        t = t.mutate(direction=t.up - t.down)
        by_cause = t.group_by("node").agg(
            up=(t.direction == 1).cast("int64").sum(),
            down=(t.direction == -1).cast("int64").sum(),
            correct=((t.direction != 0) & (t.direction == t.change)).cast("int64").sum(),
            incorrect=((t.direction != 0) & (t.direction == -t.change)).cast("int64").sum(),
            ambiguous=((t.direction == 0) & (t.change != 0)).cast("int64").sum(),
        )
        rows = packed.rows(by_cause.filter(by_cause.up + by_cause.down > 0).order_by("node")).to_pylist()
    return _tested(rows, inside)


def _tested(rows: list[dict[str, Any]], inside: Mapping[int, int]) -> list[Cause]:
    tested: list[tuple[float, int, int, dict[str, Any]]] = []
    chances: dict[tuple[Any, Any], Any] = {}
    for row in rows:
        # What was measured of the cause itself is not counted.
        changes = [change for node, change in inside.items() if node != row["node"]]
        predicted = (row["up"], row["down"], len(changes) - row["up"] - row["down"])
        observed = (changes.count(1), changes.count(-1), changes.count(0))
        score = row["correct"] - row["incorrect"]
        key = (predicted, observed)
        if key not in chances:
            chances[key] = scores_of(*key)
        for sign, seen in ((1, chances[key]), (-1, chances[key][::-1])):
            tested.append((tail(seen, predicted, sign * score), sign, sign * score, row))
    qs = adjusted([p for p, *_ in tested])
    found = [
        Cause(
            row["node"], sign, score, rounded(p), q,
            row["correct"] if sign > 0 else row["incorrect"],
            row["incorrect"] if sign > 0 else row["correct"],
            row["ambiguous"],
        )
        for (p, sign, score, row), q in zip(tested, qs, strict=True)
        if score > 0
    ]  # fmt: skip
    return sorted(found, key=lambda c: (c.p, -c.score, c.node, -c.sign))
