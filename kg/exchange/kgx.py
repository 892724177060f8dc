"""KGX: nodes and edges in the Biolink model, as TSV, JSON Lines or JSON.

Direction stands in qualifiers: `predicate` biolink:affects, `qualified_predicate` biolink:causes,
`object_direction_qualifier` and, where it is known, `object_aspect_qualifier`; never a direction without a
qualified predicate. Our own predicate stands in `original_predicate`, and what Biolink has
no slot for in columns that begin with `kg_`, so that nothing is lost in between.
The source of our statements is `infores:msc-kg`; a statement of joined data names its own.

Sources: https://biolink.github.io/biolink-model/ (4.4.6), https://github.com/biolink/kgx
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kg import vocab
from kg.exchange.predicates import read_predicate
from kg.mechanism.overlay import Edge, End, own_id
from kg.model import CURATED

__all__ = ["CATEGORIES", "PREDICATES", "edge_row", "kgx_edges", "kgx_files", "node_row"]

SOURCE = "infores:msc-kg"

CATEGORIES = {
    "cell": "biolink:Cell",
    "vesicle": "biolink:CellularComponent",
    "medium": "biolink:ComplexMolecularMixture",
    "organelle": "biolink:CellularComponent",
    "protein": "biolink:Protein",
    "small molecule": "biolink:SmallMolecule",
    "microRNA": "biolink:MicroRNA",
    "RNA": "biolink:NucleicAcidEntity",
    "pathway": "biolink:Pathway",
    "process": "biolink:BiologicalProcess",
    "phenotype": "biolink:PhenotypicFeature",
    "outcome": "biolink:PhenotypicFeature",
    "disease": "biolink:Disease",
    "drug": "biolink:Drug",
    "exposure": "biolink:EnvironmentalExposure",
    "organism": "biolink:OrganismTaxon",
}
"""Our category → that of Biolink; a protein with the identifier of its gene is a biolink:Gene."""

AFFECTS, CAUSES = "biolink:affects", "biolink:causes"
PREDICATES: dict[str, tuple[str, str, str, str]] = {
    "activates": (AFFECTS, CAUSES, "activity", "increased"),
    "inhibits": (AFFECTS, CAUSES, "activity", "decreased"),
    "increases": (AFFECTS, CAUSES, "", "increased"),
    "decreases": (AFFECTS, CAUSES, "", "decreased"),
    "represses": (AFFECTS, CAUSES, "expression", "decreased"),
    "recruits": (AFFECTS, CAUSES, "localization", "increased"),
    "secretes": (AFFECTS, CAUSES, "secretion", "increased"),
    "transfers": (AFFECTS, CAUSES, "transport", "increased"),
    "contains": ("biolink:has_part", "", "", ""),
    "binds": ("biolink:physically_interacts_with", "", "", ""),
    "differentiates into": ("biolink:develops_into", "", "", ""),
    "drives": ("biolink:contributes_to", "", "", ""),
    "protects from": ("biolink:preventative_for_condition", "", "", ""),
    "ameliorates": ("biolink:ameliorates_condition", "", "", ""),
    "worsens": ("biolink:exacerbates_condition", "", "", ""),
}
"""Our predicate → predicate, qualified predicate, aspect and direction of the object."""

NODE_COLUMNS = ("id", "category", "name", "xref", "kg_category")
EDGE_COLUMNS = (
    "id", "subject", "predicate", "object", "category", "qualified_predicate", "object_aspect_qualifier",
    "object_direction_qualifier", "species_context_qualifier", "disease_context_qualifier", "publications",
    "knowledge_level", "agent_type", "primary_knowledge_source", "original_predicate", "has_confidence_score",
    "kg_predicate", "kg_sign", "kg_rung", "kg_species", "kg_diseases", "kg_origins",
)  # fmt: skip
_SEVERAL = ("publications", "kg_species", "kg_diseases", "kg_origins")


def category_of(end: End) -> str:
    if end.category == "protein" and end.id.startswith(("HGNC:", "NCBIGene:")):
        return "biolink:Gene"
    return CATEGORIES.get(end.category, "biolink:NamedThing")


def node_id(end: End) -> str:
    return end.id or own_id(end.name)


def node_row(end: End) -> dict[str, Any]:
    return {"id": node_id(end), "category": category_of(end), "name": end.name, "kg_category": end.category}


def edge_row(
    edge: Edge, diseases: Mapping[str, str] | None = None, predicates: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The row of an edge; what is not known is left out. Names of diseases and predicates → identifiers."""
    signed = {"+": "increased", "-": "decreased"}.get(edge.sign)
    generic = (AFFECTS, CAUSES, "", signed) if signed else (AFFECTS, "", "", "")
    ours = PREDICATES.get(edge.predicate)
    if ours is not None and read_kgx(*ours).sign not in (edge.sign, ""):
        ours = None
    predicate, qualified, aspect, direction = ours or generic
    origins = edge.facts.get("origins") or ((edge.origin,) if edge.origin else (CURATED,))
    curated = CURATED in origins
    agents = set(edge.facts.get("agents", ()))
    species = edge.context.get("species", ())
    listed = edge.context.get("disease", ())
    level, agent = "not_provided", "not_provided"
    if curated:
        level = "knowledge_assertion"
        agent = "manual_agent" if agents and "software" not in agents else "automated_agent"
    row = {
        "id": f"statement:{edge.id}" if edge.id else "",
        "subject": node_id(edge.subject), "predicate": predicate, "object": node_id(edge.object),
        "category": "biolink:Association", "qualified_predicate": qualified,
        "object_aspect_qualifier": aspect, "object_direction_qualifier": direction,
        "species_context_qualifier": vocab.SPECIES.get(species[0], "") if len(species) == 1 else "",
        "disease_context_qualifier": (diseases or {}).get(listed[0], "") if len(listed) == 1 else "",
        "publications": [p for p in edge.papers if not p.startswith("own:")],
        "knowledge_level": level, "agent_type": agent,
        "primary_knowledge_source": SOURCE if curated else own_id(origins[0]),
        "original_predicate": (predicates or {}).get(edge.predicate, ""),
        "has_confidence_score": edge.belief, "kg_predicate": edge.predicate, "kg_sign": edge.sign,
        "kg_rung": edge.facts.get("rung", ""), "kg_species": list(species), "kg_diseases": list(listed),
        "kg_origins": list(origins),
    }  # fmt: skip
    return {key: value for key, value in row.items() if value not in (None, "", [])}


def kgx_files(
    edges: Iterable[Edge],
    form: str,
    diseases: Mapping[str, str] | None = None,
    predicates: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """`nodes` and `edges` as text: `tsv` or `jsonl`; as `json` one text `whole`."""
    listed = list(edges)
    nodes = {node_id(end): node_row(end) for e in listed for end in (e.subject, e.object)}
    node_rows = [nodes[key] for key in sorted(nodes)]
    edge_rows = [edge_row(e, diseases, predicates) for e in listed]
    if form == "tsv":
        return {"nodes": _tsv(NODE_COLUMNS, node_rows), "edges": _tsv(EDGE_COLUMNS, edge_rows)}
    told_nodes = [{**row, "category": [row["category"]]} for row in node_rows]
    told_edges = [{**row, "category": [row["category"]]} for row in edge_rows]
    if form == "jsonl":
        return {"nodes": _jsonl(told_nodes), "edges": _jsonl(told_edges)}
    whole = {"nodes": told_nodes, "edges": told_edges}
    return {"whole": json.dumps(whole, ensure_ascii=False, indent=1) + "\n"}


def _tsv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    columns = tuple(columns)
    lines = ["\t".join(columns)]
    for row in rows:
        cells = (row.get(c, "") for c in columns)
        told = ("|".join(map(str, c)) if isinstance(c, list) else str(c) for c in cells)
        lines.append("\t".join(" ".join(cell.split()) for cell in told))
    return "\n".join(lines) + "\n"


def _jsonl(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


# Reading --------------------------------------------------------------------------------------------


def read_kgx(predicate: str, qualified: str = "", aspect: str = "", direction: str = "") -> Any:
    """A predicate with its qualifiers as the table of predicates reads it."""
    direction = {"upregulated": "increased", "downregulated": "decreased"}.get(direction, direction)
    if not direction:
        return read_predicate(predicate, "KGX")
    words = ("affects", aspect.replace("_", " "), direction)
    told = read_predicate(predicate, "KGX", "", " ".join(filter(None, words)))
    sign = {"increased": "+", "decreased": "-"}.get(direction, told.sign)
    if told.sign != sign:
        told = read_predicate(predicate, "KGX", "", f"affects {direction}")
    return told if told.sign == sign else read_predicate(predicate, "KGX", sign)


def kgx_edges(nodes: Mapping[str, Any]) -> Callable[[Any], Edge | None]:
    """What makes an edge of a row, or an object, of KGX; `nodes` by identifier."""
    ours = {value: key for key, value in reversed(CATEGORIES.items())} | {"biolink:Gene": "protein"}

    def end(curie: str) -> End:
        node = nodes.get(curie) or {}
        given = node.get("kg_category") or ""
        listed = node.get("category") or ()
        kinds = listed.split("|") if isinstance(listed, str) else listed
        category = given or next((ours[k] for k in kinds if k in ours), "")
        name = node.get("name") or (curie.partition(":")[2] if curie.startswith("own:") else curie)
        return End(str(name), "" if curie.startswith("own:") else curie, category)

    def read(row: Any) -> Edge | None:
        if isinstance(row, ValueError):
            raise row
        if not isinstance(row, Mapping):
            raise ValueError("is no JSON object")
        for what in ("subject", "predicate", "object"):
            if not isinstance(row.get(what), str) or not row[what].strip():
                raise ValueError(f"{what} is missing")
        if str(row.get("negated", "")).casefold() == "true":
            return None
        direction = str(row.get("object_direction_qualifier") or "")
        told = read_kgx(
            row["predicate"], str(row.get("qualified_predicate") or ""),
            str(row.get("object_aspect_qualifier") or ""), direction,
        )  # fmt: skip
        own, known = (str(row.get(k) or "").strip() for k in ("kg_predicate", "original_predicate"))
        if not own and known.startswith("rel:"):
            own = known[4:].replace("_", " ")
        sign = str(row.get("kg_sign") or "").strip().replace("−", "-")
        if sign not in ("", "+", "-", "?"):
            raise ValueError(f"sign is {sign!r}; write + or - or ?")
        if own:
            told = told._replace(predicate=own, sign=sign or told.sign, is_effect=True)
        elif sign:
            told = read_predicate(row["predicate"], "KGX", sign) if told.sign != sign else told
        if not told.is_effect:
            return None
        belief = row.get("has_confidence_score")
        context = {
            "species": _list(row.get("kg_species")) or _list(row.get("species_context_qualifier")),
            "disease": _list(row.get("kg_diseases")) or _list(row.get("disease_context_qualifier")),
        }
        return Edge(
            end(row["subject"]), told.predicate, told.sign or "?", end(row["object"]),
            float(belief) if belief not in (None, "") else None, _list(row.get("publications")),
            {k: v for k, v in context.items() if v}, told.direction,
            id=str(row.get("id") or "").removeprefix("statement:"),
        )  # fmt: skip

    return read


def _list(value: Any) -> tuple[str, ...]:
    if value in (None, ""):
        return ()
    return tuple(value.split("|")) if isinstance(value, str) else tuple(map(str, value))
