"""Graph files: GraphML, CX2, BEL as a JSON graph, JSON-LD; read and written."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kg import vocab
from kg.errors import BadInput
from kg.exchange.predicates import read_predicate
from kg.mechanism.overlay import Edge, End
from kg.mechanism.resolver import our_prefix

__all__ = ["bel_graph", "bel_rows", "cx2", "cx2_text", "graphml", "graphml_text", "json_ld", "json_ld_text"]

Rows = tuple[Iterator[tuple[int, Any]], Callable[[Any], Edge | None]]
_PREDICATES = ("predicate", "interaction", "relation", "label", "type", "edge_type")
_LISTED = re.compile(r"\s*[|;]\s*")


# What graph formats share: attributes of nodes and edges -------------------------------------------------


def node_attributes(end: End) -> dict[str, str]:
    """Every value a text, none missing: what GraphML and CX2 take."""
    return {"name": end.name, "curie": end.id, "category": end.category}


def edge_attributes(edge: Edge) -> dict[str, Any]:
    """Texts, numbers and no lists; what is not known is an empty text or left to the default of its type."""
    facts = edge.facts
    return {
        "predicate": edge.predicate, "interaction": edge.predicate, "sign": edge.sign,
        "belief": 1.0 if edge.belief is None else float(edge.belief), "rung": str(facts.get("rung", "")),
        "n_supports": int(facts.get("n_supports", 0)), "n_disputes": int(facts.get("n_disputes", 0)),
        "n_no_effect": int(facts.get("n_no_effect", 0)), "papers": "|".join(edge.papers),
        "species": "|".join(edge.context.get("species", ())),
        "diseases": "|".join(edge.context.get("disease", ())),
        "origins": "|".join(facts.get("origins", ())) or edge.origin, "statement_id": edge.id,
    }  # fmt: skip


def _several(value: Any) -> tuple[str, ...]:
    if value in (None, ""):
        return ()
    parts = _LISTED.split(value) if isinstance(value, str) else value
    return tuple(str(p) for p in parts if str(p).strip())


def _edge(subject: End, obj: End, told: Mapping[str, Any]) -> Edge | None:
    """An edge from the attributes that a graph file has for it, by the names that tools use."""
    low = {str(key).casefold().replace(" ", "_"): value for key, value in told.items()}
    predicate = next((str(low[name]) for name in _PREDICATES if low.get(name)), "")
    sign = str(low.get("sign") or low.get("polarity") or "").strip().replace("−", "-")
    sign = {"1": "+", "-1": "-", "positive": "+", "negative": "-", "0": "?"}.get(sign.casefold(), sign)
    if sign not in ("", "+", "-", "?"):
        raise ValueError(f"sign is {sign!r}; write + or - or ?")
    if not predicate and not sign:
        raise ValueError(f"tells no predicate; one of the attributes {', '.join(_PREDICATES)} is wanted")
    read = read_predicate(predicate or {"+": "increases", "-": "decreases"}.get(sign, "acts on"), "any", sign)
    if not read.is_effect:
        return None
    belief = low.get("belief")
    context = {"species": _several(low.get("species")), "disease": _several(low.get("diseases"))}
    return Edge(
        subject, read.predicate, read.sign or "?", obj,
        float(belief) if belief not in (None, "") else None,
        _several(low.get("papers") or low.get("publications") or low.get("pmid")),
        {axis: held for axis, held in context.items() if held}, read.direction,
        id=str(low.get("statement_id") or ""),
    )  # fmt: skip


def _end(key: str, told: Mapping[str, Any]) -> End:
    low = {str(k).casefold(): v for k, v in told.items()}
    name = next((str(low[k]) for k in ("name", "label", "n", "shared name") if low.get(k)), str(key))
    curie = next((str(low[k]) for k in ("curie", "id", "represents", "r", "xref") if low.get(k)), "")
    category = str(low.get("category") or "")
    return End(name, curie if ":" in curie else "", category if category in vocab.CATEGORIES else "")


# GraphML --------------------------------------------------------------------------------------------


def graphml_text(edges: Iterable[Edge]) -> str:
    """GraphML of a directed multigraph; nodes by name, edges by statement."""
    import networkx as nx

    made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for number, edge in enumerate(edges, 1):
        for end in (edge.subject, edge.object):
            made.add_node(_clean(end.name), **{k: _clean(v) for k, v in node_attributes(end).items()})
        told = {k: _clean(v) if isinstance(v, str) else v for k, v in edge_attributes(edge).items()}
        made.add_edge(
            _clean(edge.subject.name), _clean(edge.object.name), key=edge.id or f"e{number}", **told
        )
    return "\n".join(nx.generate_graphml(made)) + "\n"


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or (ord(c) >= 32 and ord(c) not in (0xFFFE, 0xFFFF)))


def graphml(text: str, path: Path) -> Rows:
    """The edges of a GraphML file.

    Raises BadInput where it is none.
    """
    import networkx as nx

    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise BadInput(f"{path} declares entities of its own, which GraphML has no need for; it is not read")
    try:
        made = nx.read_graphml(io.BytesIO(text.encode()), force_multigraph=True)
    except Exception as error:
        raise BadInput(f"{path} is no GraphML: {error}") from None

    def rows() -> Iterator[tuple[int, Any]]:
        for number, (source, target, told) in enumerate(made.edges(data=True), 1):
            yield number, (_end(source, made.nodes[source]), _end(target, made.nodes[target]), told)

    return rows(), lambda row: _edge(*row)


# CX2 ------------------------------------------------------------------------------------------------

_COLOURS = {
    "cell": "#8dd3c7", "vesicle": "#80b1d3", "medium": "#80b1d3", "organelle": "#80b1d3",
    "protein": "#fdb462", "small molecule": "#ffffb3", "microRNA": "#bebada", "RNA": "#bebada",
    "pathway": "#d9d9d9", "process": "#d9d9d9", "phenotype": "#fb8072", "outcome": "#fb8072",
    "disease": "#fb8072", "drug": "#fccde5", "exposure": "#fccde5", "organism": "#ccebc5",
}  # fmt: skip


def cx2_text(edges: Iterable[Edge], title: str, description: str) -> str:
    """CX2 (https://cytoscape.org/cx/cx2/), with a style: colour by category, arrow and colour by sign."""
    listed = list(edges)
    numbers: dict[str, int] = {}
    nodes: list[dict[str, Any]] = []
    for end in (end for e in listed for end in (e.subject, e.object)):
        if end.name not in numbers:
            numbers[end.name] = len(numbers)
            told = {k: v for k, v in node_attributes(end).items() if v and k != "curie"}
            nodes.append(
                {"id": numbers[end.name], "v": {**told, **({"represents": end.id} if end.id else {})}}
            )
    links: list[dict[str, Any]] = [
        {
            "id": i, "s": numbers[e.subject.name], "t": numbers[e.object.name],
            "v": {k: v for k, v in edge_attributes(e).items() if v != ""},
        }
        for i, e in enumerate(listed)
    ]  # fmt: skip
    kinds = {int: "integer", float: "double", str: "string"}
    columns = {key: {"d": kinds[type(v)]} for link in links for key, v in link["v"].items()}
    declared: dict[str, Any] = {
        "networkAttributes": {"name": {"d": "string"}, "description": {"d": "string"}},
        "nodes": {"name": {"d": "string"}, "represents": {"d": "string"}, "category": {"d": "string"}},
        "edges": columns or {"interaction": {"d": "string"}},
    }
    style: dict[str, Any] = {
        "default": {
            "network": {"NETWORK_BACKGROUND_COLOR": "#FFFFFF"},
            "node": {
                "NODE_SHAPE": "round-rectangle", "NODE_BACKGROUND_COLOR": "#EEEEEE",
                "NODE_LABEL_FONT_SIZE": 12, "NODE_WIDTH": 90, "NODE_HEIGHT": 32,
            },
            "edge": {"EDGE_WIDTH": 1.5, "EDGE_LINE_COLOR": "#777777", "EDGE_TARGET_ARROW_SHAPE": "none"},
        },
        "nodeMapping": {
            "NODE_LABEL": {"type": "PASSTHROUGH", "definition": {"attribute": "name", "type": "string"}},
            "NODE_BACKGROUND_COLOR": _discrete("category", _COLOURS),
        },
        "edgeMapping": {
            "EDGE_TARGET_ARROW_SHAPE": _discrete("sign", {"+": "triangle", "-": "tee", "?": "circle"}),
            "EDGE_LINE_COLOR": _discrete("sign", {"+": "#1b7837", "-": "#b2182b", "?": "#777777"}),
        },
    }  # fmt: skip
    parts: list[dict[str, Any]] = [
        {"CXVersion": "2.0", "hasFragments": False},
        {
            "metaData": [
                {"name": name, "elementCount": n}
                for name, n in (
                    ("attributeDeclarations", 1), ("networkAttributes", 1), ("nodes", len(nodes)),
                    ("edges", len(links)), ("visualProperties", 1),
                )
            ]
        },
        {"attributeDeclarations": [declared]},
        {"networkAttributes": [{"name": title, "description": description}]},
        {"nodes": nodes},
        {"edges": links},
        {"visualProperties": [style]},
        {"status": [{"success": True, "error": ""}]},
    ]  # fmt: skip
    return json.dumps(parts, ensure_ascii=False, indent=1) + "\n"


def _discrete(attribute: str, values: Mapping[str, str]) -> dict[str, Any]:
    listed = [{"v": key, "vp": value} for key, value in values.items()]
    return {
        "type": "DISCRETE",
        "definition": {"attribute": attribute, "type": "string", "map": listed},
    }


def cx2(parts: Sequence[Any]) -> Rows:
    """The edges of a CX2 network, by attribute names as declared or by their aliases."""
    found: dict[str, list[Any]] = {}
    for part in parts:
        if isinstance(part, Mapping):
            for key, value in part.items():
                if isinstance(value, list):
                    found.setdefault(key, []).extend(value)
    declared = next((d for d in found.get("attributeDeclarations", ()) if isinstance(d, Mapping)), {})

    def attributes(what: str, values: Mapping[str, Any]) -> dict[str, Any]:
        told = declared.get(what) or {}
        aliases = {d["a"]: name for name, d in told.items() if isinstance(d, Mapping) and "a" in d}
        defaults = {name: d["v"] for name, d in told.items() if isinstance(d, Mapping) and "v" in d}
        return defaults | {aliases.get(key, key): value for key, value in values.items()}

    nodes = {
        n["id"]: _end(str(n["id"]), attributes("nodes", n.get("v") or {}))
        for n in found.get("nodes", ())
        if isinstance(n, Mapping) and "id" in n
    }

    def read(link: Any) -> Edge | None:
        if not isinstance(link, Mapping) or link.get("s") not in nodes or link.get("t") not in nodes:
            raise ValueError("joins a node that is not there")
        return _edge(nodes[link["s"]], nodes[link["t"]], attributes("edges", link.get("v") or {}))

    return enumerate(found.get("edges", ()), 1), read


# BEL ------------------------------------------------------------------------------------------------

_FUNCTIONS = {
    "protein": "Protein", "microRNA": "miRNA", "RNA": "RNA", "small molecule": "Abundance",
    "drug": "Abundance", "cell": "Population", "vesicle": "Abundance", "medium": "Abundance",
    "organelle": "Abundance", "exposure": "Abundance", "organism": "Population",
    "process": "BiologicalProcess", "pathway": "BiologicalProcess", "phenotype": "Pathology",
    "outcome": "Pathology", "disease": "Pathology",
}  # fmt: skip
_SHORT = {
    "Protein": "p", "miRNA": "m", "RNA": "r", "Gene": "g", "Abundance": "a", "BiologicalProcess": "bp",
    "Pathology": "path", "Population": "pop", "Complex": "complex", "Composite": "composite",
}  # fmt: skip
_OF_FUNCTION = {
    "Protein": "protein", "miRNA": "microRNA", "RNA": "RNA", "Gene": "protein",
    "Abundance": "small molecule", "BiologicalProcess": "process", "Pathology": "disease",
    "Population": "cell",
}  # fmt: skip
BEL = {
    "activates": ("increases", True), "inhibits": ("decreases", True), "increases": ("increases", False),
    "decreases": ("decreases", False), "represses": ("directlyDecreases", False),
    "drives": ("increases", False), "protects from": ("decreases", False),
    "ameliorates": ("decreases", False), "worsens": ("increases", False), "recruits": ("increases", False),
    "secretes": ("increases", False), "binds": ("association", False),
}  # fmt: skip
"""Our predicate → relation of BEL, and whether it is of the activity of the object.

What hands something over (contains, transfers) or changes a cell's kind is left out: BEL has other forms for
that, with other ends.
"""


def bel_graph(edges: Iterable[Edge], title: str) -> tuple[str, int]:
    """BEL as the node-link JSON of PyBEL, and how many edges BEL cannot say."""
    nodes: dict[str, dict[str, Any]] = {}
    links: list[dict[str, Any]] = []
    left = 0
    for edge in edges:
        told = BEL.get(edge.predicate)
        if told is None:
            relation = {"+": "increases", "-": "decreases", "?": "association"}[edge.sign]
            if edge.predicate in ("contains", "transfers", "differentiates into"):
                left += 1
                continue
            told = (relation, False)
        for end in (edge.subject, edge.object):
            nodes.setdefault(end.name, _bel_node(end))
        line: dict[str, Any] = {
            "relation": told[0], "source": edge.subject.name, "target": edge.object.name, "key": edge.id,
            "annotations": {
                "msckg_predicate": [edge.predicate], "msckg_sign": [edge.sign],
                **({"Species": list(edge.context["species"])} if edge.context.get("species") else {}),
                **({"Disease": list(edge.context["disease"])} if edge.context.get("disease") else {}),
            },
        }  # fmt: skip
        if edge.belief is not None:
            line["belief"] = edge.belief
        if told[1]:
            line["target_modifier"] = {"modifier": "Activity"}
        links += [
            {**line, **({"citation": _cited(paper), "evidence": ""} if paper else {})}
            for paper in edge.papers or ("",)
        ]
    numbers = {name: i for i, name in enumerate(nodes)}
    for link in links:
        link["source"], link["target"] = numbers[link["source"]], numbers[link["target"]]
    data = {
        "directed": True, "multigraph": True,
        "graph": {"document_metadata": {"name": title, "version": "1.0.0"}, "pybel_version": "0.15.5"},
        "nodes": [{**node, "id": i} for i, node in enumerate(nodes.values())],
        "links": links,
    }  # fmt: skip
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n", left


def _cited(paper: str) -> dict[str, str]:
    prefix, _, local = paper.partition(":")
    space = {"PMID": "pubmed", "doi": "doi"}.get(prefix)
    return {"namespace": space or "other", "identifier": local if space else paper}


def _bel_node(end: End) -> dict[str, Any]:
    function = _FUNCTIONS.get(end.category, "Abundance")
    prefix, colon, local = end.id.partition(":")
    concept = {"namespace": prefix.lower() if colon else "msckg", "name": end.name}
    if colon:
        concept["identifier"] = local
    quoted = json.dumps(end.name, ensure_ascii=False)
    return {
        "function": function, "concept": concept,
        "bel": f"{_SHORT[function]}({concept['namespace']}:{f'{local} ! ' if colon else ''}{quoted})",
        "msckg_category": end.category,
    }  # fmt: skip


def bel_rows(data: Mapping[str, Any]) -> Rows:
    """The edges of a BEL graph in node-link JSON, as PyBEL writes it."""
    listed = [n for n in data.get("nodes", ()) if isinstance(n, Mapping)]
    keyed: dict[Any, Mapping[str, Any]] = dict(enumerate(listed))
    keyed |= {n["id"]: n for n in listed if "id" in n and not isinstance(n["id"], Mapping)}

    def end(key: Any) -> End:
        node = keyed.get(key) if not isinstance(key, Mapping) else key
        if node is None:
            raise ValueError(f"joins node {key!r}, which is not there")
        concept = node.get("concept") or node
        name = concept.get("name") or concept.get("identifier")
        if not name:
            raise ValueError(f"{node.get('bel') or 'a node'} has no name: a complex or a list is no end")
        prefix, local = str(concept.get("namespace") or ""), str(concept.get("identifier") or "")
        own = prefix.casefold() in ("", "msckg")
        curie = "" if own or not local else f"{our_prefix(prefix)}:{local}"
        given = node.get("msckg_category")
        return End(
            str(name), curie, _OF_FUNCTION.get(str(node.get("function")), "") if given is None else given
        )

    def read(link: Any) -> Edge | None:
        if not isinstance(link, Mapping) or not link.get("relation"):
            raise ValueError("has no relation")
        relation = str(link["relation"])
        modifier = link.get("target_modifier") or link.get("object") or {}
        active = isinstance(modifier, Mapping) and modifier.get("modifier") == "Activity"
        told = read_predicate(relation, "BEL", "", f"{relation.casefold()} activity" if active else "")
        if relation in ("hasVariant", "hasComponent", "hasMember", "isA", "partOf", "transcribedTo",
                        "translatedTo", "equivalentTo", "hasProduct", "hasReactant"):  # fmt: skip
            return None
        notes = link.get("annotations") or {}
        own, sign = _note(notes, "msckg_predicate"), _note(notes, "msckg_sign")
        if own:
            told = told._replace(predicate=own[0], sign=sign[0] if sign else told.sign)
        if not told.is_effect:
            return None
        cited = link.get("citation") or {}
        kind, local = str(cited.get("namespace") or cited.get("type") or ""), cited.get("identifier")
        local = local or cited.get("reference")
        prefix = {"pubmed": "PMID:", "doi": "doi:"}.get(kind.casefold(), "")
        context = {"species": _note(notes, "Species"), "disease": _note(notes, "Disease")}
        belief = link.get("belief")
        return Edge(
            end(link["source"]), told.predicate, told.sign or "?", end(link["target"]),
            float(belief) if belief is not None else None, (f"{prefix}{local}",) if local else (),
            {axis: held for axis, held in context.items() if held}, told.direction,
            id=str(link.get("key") or ""),
        )  # fmt: skip

    return enumerate(data.get("links", ()), 1), read


def _note(notes: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """An annotation, which PyBEL keeps as a list, a mapping or a list of concepts."""
    held = notes.get(key)
    if held in (None, "", [], {}):
        return ()
    if isinstance(held, str):
        return (held,)
    return tuple(
        str(h.get("identifier") or h.get("name")) if isinstance(h, Mapping) else str(h) for h in held
    )


# JSON-LD --------------------------------------------------------------------------------------------


def _context() -> dict[str, Any]:
    """A context that stands in the file itself: nothing is fetched to read it."""
    used = (
        "statement", "rel", "voc", "own", "rdf", "rdfs", "CHEBI", "CL", "DOID", "FPLX", "GO", "HGNC", "HP",
        "MESH", "MONDO", "MP", "NCBITaxon", "NCBIGene", "OBI", "PR", "UBERON", "UniProtKB", "ENSEMBL", "mscm",
        "mirbase", "mirbase.mature", "mirbase.family", "reactome", "wikipathways", "PMID", "doi", "xsd",
    )  # fmt: skip
    words: dict[str, Any] = {prefix: {"@id": vocab.PREFIXES[prefix], "@prefix": True} for prefix in used}
    return words | {
        "id": "@id", "type": "@type", "statements": "@graph",
        "subject": {"@id": "rdf:subject", "@type": "@id"},
        "predicate": {"@id": "rdf:predicate", "@type": "@id"},
        "object": {"@id": "rdf:object", "@type": "@id"}, "sign": "voc:sign", "name": "voc:name",
        "label": "rdfs:label", "category": "voc:category",
        "belief": {"@id": "voc:belief", "@type": "xsd:double"}, "rung": "voc:rung",
        "papers": {"@id": "voc:paper", "@type": "@id", "@container": "@set"},
        "species": {"@id": "voc:species", "@container": "@set"},
        "diseases": {"@id": "voc:disease", "@container": "@set"},
        "origins": {"@id": "voc:origin", "@container": "@set"},
    }  # fmt: skip


def json_ld_text(edges: Iterable[Edge], ids: Callable[[End], str], rel: Callable[[str], str]) -> str:
    """JSON-LD with the context inside. `ids`, `rel`: identifier of an end and of a predicate."""
    found: dict[str, dict[str, Any]] = {}
    statements = []
    for number, e in enumerate(edges, 1):
        for end in (e.subject, e.object):
            node = {"id": ids(end), "name": end.name, "category": end.category}
            found.setdefault(ids(end), {k: v for k, v in node.items() if v})
        found.setdefault(rel(e.predicate), {"id": rel(e.predicate), "label": e.predicate})
        told = {
            "id": f"statement:{e.id or number}", "type": "voc:Statement", "subject": ids(e.subject),
            "predicate": rel(e.predicate), "sign": e.sign, "object": ids(e.object), "belief": e.belief,
            "rung": e.facts.get("rung"), "papers": list(e.papers),
            "species": list(e.context.get("species", ())), "diseases": list(e.context.get("disease", ())),
            "origins": list(e.facts.get("origins", ())),
        }  # fmt: skip
        statements.append({k: v for k, v in told.items() if v not in (None, "", [])})
    data = {"@context": _context(), "statements": [*(found[k] for k in sorted(found)), *statements]}
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def json_ld(data: Mapping[str, Any]) -> Rows:
    """The statements of JSON-LD as we write it."""
    listed = [d for d in data.get("statements") or data.get("@graph") or () if isinstance(d, Mapping)]
    things = {d["id"]: d for d in listed if "subject" not in d and "id" in d}

    def end(curie: str) -> End:
        thing = things.get(curie, {})
        return End(
            str(thing.get("name") or curie), "" if curie.startswith("own:") else curie,
            str(thing.get("category") or ""),
        )  # fmt: skip

    def read(row: Mapping[str, Any]) -> Edge | None:
        predicate = str(things.get(row["predicate"], {}).get("label") or row["predicate"])
        told = read_predicate(predicate, "any", str(row.get("sign") or ""))
        if not told.is_effect:
            return None
        context = {"species": _several(row.get("species")), "disease": _several(row.get("diseases"))}
        return Edge(
            end(row["subject"]), told.predicate, told.sign or "?", end(row["object"]), row.get("belief"),
            _several(row.get("papers")), {axis: held for axis, held in context.items() if held},
            told.direction, id=str(row.get("id") or "").partition(":")[2],
        )  # fmt: skip

    return enumerate((d for d in listed if "subject" in d), 1), read
