"""Make the reference pages of the ontology: `index.html` by pyLODE, and the class tree, `tree.html`.

    python scripts/ontology_pages.py [DIR]        (default: build/pages)

On the pages stand the ontology's own terms: entities, defined and upper classes, and properties. Imported
terms are named and linked where they are parents. Both pages open from a folder and fetch nothing.
"""

from __future__ import annotations

import html
import logging
import re
import sys
import types
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

import rdflib
from pyoxigraph import BlankNode, NamedNode, RdfFormat, parse
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SKOS

import kg
from kg import vocab
from kg.errors import KGError
from kg.graph import Graph
from kg.ontology.axioms import axiom_texts
from kg.ontology.terms import KINDS, Term, Terms

# pylode 3.4.1 reads a pyproject.toml that its wheel does not hold (RDFLib/pyLODE#260).
_VERSION = types.ModuleType("pylode.version")
_VERSION.__version__ = version("pylode")  # type: ignore[attr-defined]
sys.modules.setdefault("pylode.version", _VERSION)

from pylode import OntPub  # noqa: E402

logging.getLogger().setLevel(logging.WARNING)  # pylode turns on everything

POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'\">"
)
_LINK = "https://w3id.org/msc-kg/page-of/"
"""Start of a link that stands for the place of a term on the page until pyLODE has chosen one."""


def own_terms(terms: Terms) -> list[Term]:
    """The terms that get a place on the pages, by name."""
    found = (t for t in terms.by_id.values() if t.kind != "imported term")
    return sorted(found, key=lambda t: (t.name.casefold(), t.id))


# The reference page -------------------------------------------------------------------------------


def _marked(text: str, names: Mapping[str, str]) -> str:
    """An axiom in Markdown, each name a link to its place."""

    def link(found: re.Match[str]) -> str:
        curie = found[0]
        return f"[{names[curie]}]({_LINK}{curie})" if curie in names else curie

    return re.sub(r"[^\s(),\[\];]+", link, text)


def _subject(
    g: Graph, term: Term, axioms: Mapping[str, list[str]], names: Mapping[str, str]
) -> Iterator[tuple]:
    """Triples that pyLODE shows of a class."""
    profile = g.profile(term)
    yield RDF.type, OWL.Class
    yield DCTERMS.title, rdflib.Literal(term.name)
    if term.definition:
        yield DCTERMS.description, rdflib.Literal(term.definition)
    label = "" if term.label == term.name else f"**Label:** {term.label}"
    synonyms = f"**Synonyms:** {'; '.join(term.synonyms)}" if term.synonyms else ""
    mapped = ", ".join(f"{curie} ({match})" for match, curie in term.mappings)
    source = ", ".join(filter(None, (term.id, term.version, term.licence)))
    entities = g.names.by_name
    linked = [f"[{m}]({_LINK}{entities[m].id})" if m in entities else m for m in profile.members]
    members = ", ".join(linked[:100]) + (", …" if len(linked) > 100 else "")
    for note in (
        f"**Kind:** {term.kind}" + (f", {g.entity(term.name).category}" if term.kind == "entity" else ""),
        label, synonyms, f"**Maps to:** {mapped}" if mapped else "", f"**Source:** {source}",
        f"**Members ({len(profile.members)}):** {members}" if members else "",
        f"**Evidence:** {profile.evidence_below}",
    ):  # fmt: skip
        if note:
            yield SKOS.note, rdflib.Literal(note)
    if term.note and term.kind != "entity":
        yield SKOS.scopeNote, rdflib.Literal(term.note)
    for parent in g.superclasses(term, direct=True):
        yield RDFS.subClassOf, rdflib.URIRef(vocab.expand(parent.id))
    for axiom in axioms[term.id]:
        yield OWL.equivalentClass, rdflib.Literal(_marked(axiom, names))


def _properties(quads: list, axioms: list[str], names: Mapping[str, str]) -> Iterator[tuple]:
    """Triples that pyLODE shows of properties; unions in domain and range as one text."""
    kinds = {NamedNode(vocab.expand(f"owl:{k}")) for k in ("ObjectProperty", "AnnotationProperty")}
    ours = {
        q.subject
        for q in quads
        if q.predicate.value.endswith("#type")
        and q.object in kinds
        and q.subject.value.startswith(vocab.BASE)
    }
    kept = {
        "rdfs:label": DCTERMS.title, "IAO:0000115": DCTERMS.description,
        "rdfs:subPropertyOf": RDFS.subPropertyOf, "rdf:type": RDF.type, "voc:sign": SKOS.note,
    }  # fmt: skip
    for q in quads:
        prop = kept.get(vocab.compress(q.predicate.value))
        if q.subject in ours and prop is not None and not isinstance(q.object, BlankNode):
            subject = rdflib.URIRef(q.subject.value)
            if isinstance(q.object, NamedNode):
                yield subject, prop, rdflib.URIRef(q.object.value)
            else:
                text = f"**Sign:** {q.object.value}" if prop == SKOS.note else q.object.value
                yield subject, prop, rdflib.Literal(text)
    for axiom in axioms:
        subject, word, rest = axiom.split(" ", 2)
        if word in ("Domain", "Range") and NamedNode(vocab.expand(subject)) in ours:
            shown = rdflib.Literal(_marked(rest, names))
            yield rdflib.URIRef(vocab.expand(subject)), RDFS.domain if word == "Domain" else RDFS.range, shown


def reference_graph(g: Graph) -> rdflib.Graph:
    """What pyLODE is given: own terms only, class expressions as text, sorted by name.

    It shows a union in random order and fails at an expression inside another.
    """
    quads = list(parse(path=str(g.built.path / "ontology.nq"), format=RdfFormat.N_QUADS))
    quads.sort(key=str)
    texts = sorted(axiom_texts(quads))
    names = {t.id: t.name for t in g.terms.by_id.values()}
    labels = {
        vocab.compress(q.subject.value): q.object.value
        for q in quads
        if vocab.compress(q.predicate.value) == "rdfs:label"
    }
    names = {**labels, **names}
    defining: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        subject, _, rest = text.partition(" EquivalentTo ")
        if rest:
            defining[subject].append(rest)
    made = rdflib.Graph(bind_namespaces="none")
    header = rdflib.URIRef(vocab.ONTOLOGY_IRI)
    for q in quads:
        if q.subject == NamedNode(vocab.ONTOLOGY_IRI):
            value = q.object.value
            node = rdflib.URIRef(value) if isinstance(q.object, NamedNode) else rdflib.Literal(value)
            made.add((header, rdflib.URIRef(q.predicate.value), node))
    own = own_terms(g.terms)
    for term in own:
        node = rdflib.URIRef(vocab.expand(term.id))
        for prop, value in _subject(g, term, defining, names):
            made.add((node, prop, value))
    ours = {t.id for t in own}
    for parent in sorted({p.id for t in own for p in g.superclasses(t, direct=True)} - ours):
        made.add((rdflib.URIRef(vocab.expand(parent)), DCTERMS.title, rdflib.Literal(names[parent])))
    for triple in sorted(_properties(quads, texts, names), key=str):
        made.add(triple)
    return made


def reference_page(g: Graph) -> tuple[str, dict[str, str]]:
    """The page that pyLODE makes, with links between terms and nothing fetched; and IRI → anchor on it."""
    made = OntPub(ontology=reference_graph(g))
    text = made.make_html()
    # pyLODE also gives a place to what has no entry, such as the version.
    entries = {html.unescape(i) for i in re.findall(r'<div class="property entity" id="([^"]*)"', text)}
    iri_of = {place: iri for iri, place in made.fids.items()}
    anchors = {iri: f"t{n}" for n, iri in enumerate(sorted(iri_of[place] for place in entries))}
    of_place = {place: anchors[iri] for place, iri in iri_of.items() if iri in anchors}

    def attribute(found: re.Match[str]) -> str:
        name, value = found[1], html.unescape(found[2])
        if name == "id":
            return f'id="{of_place[value]}"' if value in of_place else found[0]
        if value.startswith("#"):
            value = iri_of.get(value[1:], value)
        if value.startswith(_LINK):
            value = vocab.expand(value.removeprefix(_LINK))
        if value.startswith("#"):
            return found[0]
        return f'href="#{anchors[value]}"' if value in anchors else f'href="{html.escape(value)}"'

    text = re.sub(r'\b(id|href)="([^"]*)"', attribute, text)
    text = re.sub(r"<script[^>]*>.*?</script>", "", text, flags=re.DOTALL)
    start = '<p class="tree"><a href="tree.html">The classes as a tree</a></p>'
    text = text.replace('<div id="content">', f'<div id="content">{start}', 1)
    return text.replace("<head>", f"<head>{POLICY}", 1) + "\n", anchors


# The tree -----------------------------------------------------------------------------------------

STYLE = """
:root { --ink: #16191d; --soft: #545b64; --rule: #d5d9de; --accent: #0b5c8e; }
body { margin: 0 auto; max-width: 1100px; padding: 20px; color: var(--ink); background: #fff;
  font: 15px/1.5 Arial, "Liberation Sans", Helvetica, sans-serif; }
h1 { font-size: 22px; margin: 0 0 6px; }
p { margin: 4px 0; color: var(--soft); max-width: 80ch; }
ul { list-style: none; margin: 0; padding-left: 22px; border-left: 1px solid var(--rule); }
body > ul { padding-left: 0; border: 0; margin-top: 14px; }
summary { cursor: pointer; }
summary:focus-visible, a:focus-visible { outline: 3px solid #e69f00; outline-offset: 1px; }
li { padding: 1px 0; }
li.leaf { padding-left: 18px; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
.defined { font-style: italic; }
.upper { font-weight: bold; }
.n { color: var(--soft); font-size: 13px; margin-left: 6px; }
"""
_CLASS = {"entity": "entity", "defined class": "defined", "upper class": "upper"}


def tree_links(terms: Terms) -> tuple[list[Term], dict[str, list[Term]], dict[str, list[Term]]]:
    """Roots, children and equals among own terms and the upper classes of categories.

    Of equals the first kind stands for all.
    """
    uppers = [terms.by_id[curie] for curie in sorted(set(vocab.CATEGORIES.values())) if curie in terms.by_id]
    shown = {t.id: t for t in [*own_terms(terms), *uppers]}
    own = dict(sorted(shown.items(), key=lambda item: (item[1].name.casefold(), item[0])))
    equals: dict[str, list[Term]] = {}
    for t in own.values():
        same = [e for e in (t, *terms.equivalents(t)) if e.id in own]
        first = min(same, key=lambda e: (KINDS.index(e.kind), e.name))
        if first is t:
            equals[t.id] = [e for e in same if e is not t]
    children: dict[str, list[Term]] = defaultdict(list)
    roots = []
    for curie in equals:
        above = [p for p in terms.superclasses(own[curie]) if p.id in equals]
        higher = {q.id for p in above for q in terms.superclasses(p)}
        nearest = [p for p in above if p.id not in higher]
        for parent in nearest:
            children[parent.id].append(own[curie])
        if not nearest:
            roots.append(own[curie])
    return roots, children, equals


def tree_page(g: Graph, places: Mapping[str, str]) -> str:
    """A collapsible tree of the own classes; `places` are their anchors on the reference page."""
    roots, children, equals = tree_links(g.terms)

    def item(term: Term, depth: int) -> Iterator[str]:
        below = children.get(term.id, [])
        n = g.profile(term).evidence_below.n_statements
        same = "".join(f" = {html.escape(e.name)}" for e in equals[term.id])
        if term.id in places:
            link = (
                f'<a class="{_CLASS[term.kind]}" href="index.html#{places[term.id]}" '
                f'title="{html.escape(term.id)}">{html.escape(term.name)}</a>{same}'
            )
        else:
            link = f'<span class="upper" title="{html.escape(term.id)}">{html.escape(term.name)}</span>{same}'
        told = f'<span class="n">{n} statement{"" if n == 1 else "s"}</span>' if n else ""
        if not below:
            yield f'<li class="leaf">{link}{told}</li>'
            return
        kinds = f'<span class="n">{len(below)} below</span>'
        is_open = " open" if not depth and len(below) <= 25 else ""
        yield f"<li><details{is_open}><summary>{link}{kinds}{told}</summary><ul>"
        for child in below:
            yield from item(child, depth + 1)
        yield "</ul></details></li>"

    body = "\n".join(line for root in roots for line in item(root, 0))
    n = len(equals)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">' + POLICY +
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>Classes of the ontology</title><style>{STYLE}</style></head><body>\n"
        f"<h1>Classes of the ontology</h1>\n<p>{n} classes of msc-kg and what is below each by what the "
        "reasoner says; a class with several parents stands below each of them. Imported terms between them "
        'are left out. <span class="upper">Bold</span>: upper class. <span class="defined">Italic</span>: '
        "class that the reasoner fills by its definition. Statements are counted with those of everything "
        "below.</p>\n"
        f'<p><a href="index.html">The reference page</a></p>\n<ul>\n{body}\n</ul>\n</body></html>\n'
    )  # fmt: skip


def make_pages(g: Graph, out: Path) -> list[Path]:
    """Write both pages into a folder and return their paths."""
    index, anchors = reference_page(g)
    places = {vocab.compress(iri): place for iri, place in anchors.items()}
    made = []
    out.mkdir(parents=True, exist_ok=True)
    for name, text in (("index.html", index), ("tree.html", tree_page(g, places))):
        (out / name).write_text(text, encoding="utf-8", newline="\n")
        made.append(out / name)
    return made


def main(words: list[str]) -> int:
    if len(words) > 1 or any(w.startswith("-") for w in words):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        for path in make_pages(kg.load(), Path(words[0] if words else "build/pages")):
            print(path)
    except (KGError, OSError) as error:
        print(f"ontology_pages: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
