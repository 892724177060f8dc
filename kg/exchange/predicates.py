"""How predicates of others are read: the table `predicates.tsv` beside this file.

A predicate is looked up as its format calls it, then under `any`. `ours` is our predicate, where one fits;
`sign` is +, - or ?; 0 means that no effect was found; no sign at all that it states no effect, and is left
out. One that is not in the table keeps its name; its sign is what the file tells, else unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["TABLE", "Read", "read_predicate"]

TABLE = Path(__file__).parent / "predicates.tsv"


class Read(NamedTuple):
    """Our predicate (or the one given), its sign ("" where nobody tells), and the direction of the line.

    `is_effect` is false for what states no effect.
    """

    predicate: str
    sign: str
    direction: str = "supports"
    is_effect: bool = True


@cache
def _table() -> Mapping[tuple[str, str], tuple[str, str]]:
    rows = (line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:])
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def plain(predicate: str) -> str:
    """A predicate without prefix, in small letters, words parted by blanks.

    >>> plain("biolink:positively_regulates"), plain("up-regulates activity"), plain("-|")
    ('positively regulates', 'up regulates activity', '-|')
    """
    text = predicate.strip()
    if re.match(r"^[\w.]+:\w", text):
        text = text.partition(":")[2]
    if not re.search(r"\w\w", text):
        return text
    return " ".join(re.sub(r"[_\s-]+", " ", text).casefold().split())


def read_predicate(
    predicate: str, format: str = "any", sign: str = "", qualified: str = "", fallback: str = ""
) -> Read:
    """What a predicate of a format says. `sign`: what the file tells besides, which goes before the table.

    `qualified`: the predicate with its qualifiers in words, looked up first. A negated predicate of SemMedDB
    (NEG_…) found no effect. `fallback`: the format's word for it, where it has no predicate.
    """
    bare = plain(predicate)
    negated = format == "SemMedDB" and bare.startswith("neg ")
    bare = bare.removeprefix("neg ") if negated else bare
    found = None
    for key in filter(None, (qualified, bare)):
        found = _table().get((format, key)) or _table().get(("any", key))
        if found is not None:
            break
    name = predicate.strip()
    if re.match(r"^[\w.]+:\w", name):
        name = name.partition(":")[2].replace("_", " ")
    if found is None:
        return Read(name or fallback, sign, "no effect" if negated else "supports")
    ours, told = found
    if told == "":
        return Read(name, "", is_effect=False)
    direction = "no effect" if negated or told == "0" else "supports"
    told = "?" if told == "0" else told
    if sign and sign != told:
        # The file knows better; our predicate would say the opposite.
        return Read(name, sign, direction)
    return Read(ours or name, told, direction)
