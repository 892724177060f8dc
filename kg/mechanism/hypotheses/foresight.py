"""What the past of the graph says of pairs that nobody reported: chances, and what makes them."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kg.model import Sign

if TYPE_CHECKING:
    from kg.engine.features import Features
    from kg.engine.pairs import Pairs
    from kg.engine.ranker import Ranker

__all__ = ["Chance", "Foresight"]

METHOD = "1"
"""Changes whenever the same pairs would teach other weights, so that kept ones are not mistaken."""


class Chance(NamedTuple):
    """Of a pair: to be reported (0 to 1), its score by degree alone, and that its sign is + (0 to 1)."""

    probability: float
    by_degree: float
    plus: float

    def of_sign(self, sign: Sign) -> float:
        """Probability of a sign, 0 to 1."""
        return self.plus if sign is Sign.PLUS else 1 - self.plus


@dataclass(frozen=True)
class Foresight:
    """A ranker with the pairs it looks at; `names` number the nodes."""

    names: Sequence[str]
    pairs: Pairs
    ranker: Ranker

    @classmethod
    def cached(cls, folder: Path, names: Sequence[str], pairs: Pairs) -> Foresight:
        """With the ranker that the pairs teach, read from a file of the folder if it is there, else learned.

        What was learned is kept there, if that can be. Raises BadInput where the past is too short.
        """
        from kg.engine.ranker import Ranker

        digest = hashlib.sha256(f"{METHOD} {pairs.n}".encode())
        for column in (
            pairs.source,
            pairs.target,
            pairs.sign,
            pairs.year,
            pairs.belief.round(9),
            pairs.alike,
        ):
            digest.update(column.tobytes())
        digest.update(b"" if pairs.kind is None else pairs.kind.tobytes())
        path = folder / f"ranker-{digest.hexdigest()[:16]}.json"
        try:
            return cls(names, pairs, Ranker.from_data(json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, KeyError, TypeError):
            ranker = Ranker.fit(pairs)
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=folder, suffix=".part", delete=False, encoding="utf-8"
            ) as file:
                json.dump(ranker.data(), file)
            Path(file.name).replace(path)
        return cls(names, pairs, ranker)

    @cached_property
    def index(self) -> Mapping[str, int]:
        return {name: i for i, name in enumerate(self.names)}

    @cached_property
    def features(self) -> Features:
        from kg.engine.features import Features

        return Features(self.pairs)

    def chances(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Chance]:
        """The chance of each pair; those with unknown names are left out."""
        import numpy as np

        known = [(s, o) for s, o in wanted if s in self.index and o in self.index]
        sources = sorted({self.index[s] for s, _ in known})
        if not sources:
            return {}
        scored = self.ranker.scores(self.features, np.array(sources))
        row = {s: i for i, s in enumerate(sources)}
        found = {}
        for s, o in known:
            at = row[self.index[s]], self.index[o]
            found[s, o] = Chance(
                float(self.ranker.probability(scored.score[at])),
                float(scored.degree[at]),
                float(scored.plus[at]),
            )
        return found

    def parts(self, source: str, target: str) -> dict[str, float]:
        """What each feature adds to the score of a pair, compared with the mean alternative."""
        return self.ranker.contributions(self.features, self.index[source], self.index[target])
