"""Make docs/retrospective.md: what became of the hypotheses of 2010, 2013, 2016 and 2019.

python scripts/retrospective.py
"""

from __future__ import annotations

from pathlib import Path

import kg
from kg.curation.tables import write_text
from kg.mechanism.hypotheses.backtest import backtest, tallies
from kg.show.dossier import retrospective

HEAD = """# Retrospective

Made by `python scripts/retrospective.py`; do not edit.

The graph is frozen at the end of a year, and what it would have proposed then is held against the papers
that came later (`kg backtest`). *Borne out*: a later line bears on it (`kg.mechanism.hypotheses.backtest`
says what counts for each kind). *Decoys*: up to five for each hypothesis, of the same category and about
as popular then, which no chain singled out. *Sign right*: of those later tested on exactly that target,
how many went the way that was called. What nobody has measured yet is not refuted, so shares are floors.
Later papers here are those that were curated, and curators followed mechanisms already in the graph: that
favours hypotheses and decoys alike.

"""


def page() -> str:
    """The page, from the graph as it is."""
    outcomes = backtest(kg.load())
    return HEAD + retrospective(outcomes, tallies(outcomes))


if __name__ == "__main__":
    write_text(Path(__file__).resolve().parents[1] / "docs" / "retrospective.md", page())
