"""INDRA statements in JSON (https://indra.readthedocs.io, statements_schema.json), read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kg.exchange.predicates import read_predicate
from kg.mechanism.overlay import Edge, End

__all__ = ["edge_of_statement"]

_PREFIXES = {
    "HGNC": "HGNC", "UP": "UniProtKB", "EGID": "NCBIGene", "CHEBI": "", "MESH": "MESH", "GO": "",
    "FPLX": "FPLX", "PUBCHEM": "PUBCHEM", "DOID": "", "HP": "", "MIRBASE": "mirbase",
    "MIRBASEM": "mirbase.mature",
}  # fmt: skip
"""Namespace of `db_refs`, best first → our prefix; none where the identifier carries its own."""
_ROLES = (("subj", "obj"), ("enz", "sub"), ("gef", "ras"), ("gap", "ras"), ("agent", "obj"))
_POLARITY = {1: "+", -1: "-"}


def edge_of_statement(statement: Any) -> Edge | None:
    """The edge of one statement.

    A complex of more than two members, and a statement with one agent alone, are no edge.
    Raises ValueError.
    """
    if not isinstance(statement, Mapping) or not statement.get("type"):
        raise ValueError("is no INDRA statement: it has no type")
    kind = str(statement["type"])
    ends = _ends(statement)
    if ends is None:
        raise ValueError(f"{kind} has not two agents; an edge wants two")
    told = read_predicate(kind, "INDRA")
    if kind == "Influence":
        events = [statement.get(role) or {} for role in ("subj", "obj")]
        signs = [_POLARITY.get((event.get("delta") or {}).get("polarity", 0)) for event in events]
        if signs[1] is not None:
            sign = signs[1] if signs[0] in (None, "+") else {"+": "-", "-": "+"}[signs[1]]
            told = read_predicate({"+": "increases", "-": "decreases"}[sign], "any")
    if not told.is_effect:
        return None
    evidence = [e for e in statement.get("evidence") or () if isinstance(e, Mapping)]
    papers = tuple(dict.fromkeys(p for e in evidence if (p := _paper(e))))
    belief = statement.get("belief")
    return Edge(
        ends[0], told.predicate, told.sign or "?", ends[1],
        min(1.0, max(0.0, float(belief))) if isinstance(belief, (int, float)) else None, papers, {},
        told.direction, id=str(statement.get("matches_hash") or statement.get("id") or ""),
    )  # fmt: skip


def _ends(statement: Mapping[str, Any]) -> tuple[End, End] | None:
    members = statement.get("members")
    if isinstance(members, list):
        return (_end(members[0]), _end(members[1])) if len(members) == 2 and all(members) else None
    for one, other in _ROLES:
        if statement.get(one) and statement.get(other):
            return _end(statement[one]), _end(statement[other])
    return None


def _end(agent: Mapping[str, Any]) -> End:
    concept = agent.get("concept") if isinstance(agent.get("concept"), Mapping) else agent
    assert isinstance(concept, Mapping)
    name = str(concept.get("name") or "").strip()
    if not name:
        raise ValueError("an agent has no name")
    refs = concept.get("db_refs") or {}
    for namespace, prefix in _PREFIXES.items():
        local = refs.get(namespace)
        if isinstance(local, str) and local:
            return End(name, f"{prefix}:{local}" if prefix and ":" not in local else local)
    return End(name)


def _paper(evidence: Mapping[str, Any]) -> str:
    refs = evidence.get("text_refs") or {}
    pmid = evidence.get("pmid") or refs.get("PMID")
    doi = refs.get("DOI")
    return f"PMID:{pmid}" if pmid else f"doi:{doi}" if doi else ""
