"""Walks on a frozen graph of numbers: complete enumeration, best-first search, counts.

Nothing here knows what a node or an arc stands for; `kg.mechanism.paths` does. Conventions, once:

- A graph has nodes 0 … n−1 and arcs 0 … m−1, sorted by source, target and whatever the caller adds.
- A *walk* is a tuple of arc numbers that join end to start and visit no node twice (a simple path).
- *Score* of a walk, dimensionless, 0 to 1, for ranking:

      Π weights of arcs × Π over inner nodes of (arcs in × arcs out)^−DAMPING
          × Π over broken axes of AGREEMENT

  The damping is that of degree-weighted path counts (Himmelstein et al. 2017, doi 10.7554/eLife.26726),
  where every edge is divided by a power of the degrees at its ends. It departs in two ways: the ends of a
  walk are not damped, since the question names them, and the exponent is smaller, since here it orders
  arguments whose weights already say how well they are supported. An axis of context is broken when the
  arcs share no value on it (see `Arcs.contexts`).
- Order: higher score, then fewer arcs, then smaller arc numbers. It is total, so answers are reproducible.

How it stays quick: every search starts at the targets and works out which nodes can still arrive in time (and
by which of the way-points), so that no step is taken in vain. Up to `SMALL` arcs this is plain Python, since
at that size the cost is per call, not per arc. Above, numpy enumerates half walks from both ends and joins
them in the middle. The best-first search knows for every node the best that can still follow, so its first
walk is the best one and nothing has to be enumerated before it.
"""

from __future__ import annotations

from kg.engine.arcs import AGREEMENT, DAMPING, SMALL, Arcs, TooMany, Walk
from kg.engine.ask import Ask
from kg.engine.best import best_first
from kg.engine.bound import count_bound
from kg.engine.walks import CAP, Walks, enumerate_walks

__all__ = [
    "AGREEMENT",
    "CAP",
    "DAMPING",
    "SMALL",
    "Arcs",
    "Ask",
    "TooMany",
    "Walk",
    "Walks",
    "best_first",
    "count_bound",
    "enumerate_walks",
]
