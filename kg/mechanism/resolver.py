"""What other people call our entities: identifiers of elsewhere, symbols, synonyms, species, spellings.

`kg.mechanism.names` looks among the names, aliases and labels that curators wrote; what it does not find is
looked up here, in four steps, and the first that finds something ends the search:

1. identifiers, with or without prefix: HGNC, UniProt, Ensembl, NCBI Gene, MGI, RGD, ChEBI, PubChem, MeSH,
   DOID, miRBase, Reactome … (a number alone says nothing, unless its prefix is given)
2. names: HGNC symbols, former symbols and aliases, genes of mouse and rat, synonyms of the ontologies
3. the same, with Greek letters written as one Latin letter (IL-1b, TGF-b1)
4. the same words in another order (alveolar epithelial cells type II)

A better kind of name beats a worse one; a name that two entities answer to, or that another human gene bears
too, is ambiguous and says so. Nothing is guessed by likeness: `near` only makes suggestions.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from kg import vocab
from kg.curation.anchor import normalise

__all__ = ["Resolution", "Resolver", "canonical", "our_prefix"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a text stands for: `names` of entities, and `how` it was found.

    `others`: what else bears that name and is no entity of ours. One name and no others is an answer, several
    are ambiguous, none is not found.
    """

    text: str
    names: tuple[str, ...] = ()
    how: str = ""
    others: tuple[str, ...] = ()

    @property
    def is_found(self) -> bool:
        return len(self.names) == 1 and not self.others

    @property
    def is_ambiguous(self) -> bool:
        return bool(self.names) and not self.is_found


RANKS = {
    "symbol": 0, "exact match": 0, "gene name": 1, "close match": 1, "previous symbol": 2, "alias": 3,
    "synonym": 3, "MeSH": 3, "PubChem": 3, "mapped to MeSH": 4, "mouse gene": 4, "rat gene": 5,
}  # fmt: skip
"""Kind of a name → its rank; others come last. Mappings that are broad, narrow or related are no names."""

PREFIXES = {
    "uniprot": "UniProtKB", "up": "UniProtKB", "uniprotkb": "UniProtKB", "entrez": "NCBIGene",
    "entrezgene": "NCBIGene", "egid": "NCBIGene", "geneid": "NCBIGene", "ncbigene": "NCBIGene",
    "ncbi_gene": "NCBIGene", "ensembl": "ENSEMBL", "mesh": "MESH", "msh": "MESH", "pubchem": "PUBCHEM",
    "pubchem.compound": "PUBCHEM", "cid": "PUBCHEM", "pubmed": "PMID", "mirbase": "mirbase",
    "mirbase.mature": "mirbase.mature", "react": "reactome", "reactome": "reactome", "fplx": "FPLX",
    "famplex": "FPLX", "mgi": "MGI", "rgd": "RGD", "hgnc.symbol": "", "symbol": "", "taxonomy": "NCBITaxon",
    "ncbitaxon": "NCBITaxon", "doid": "DOID", "wp": "wikipathways",
}  # fmt: skip
"""Prefix as others write it, in small letters → ours; those of `kg.vocab.PREFIXES` need no row."""
_FOLDED = {p.casefold(): p for p in vocab.PREFIXES} | PREFIXES


def our_prefix(prefix: str) -> str:
    """A prefix as we write it: `hgnc` → `HGNC`, `uniprot` → `UniProtKB`; itself where it is not known."""
    return _FOLDED.get(prefix.strip().casefold()) or prefix


BARE = (
    (re.compile(r"(ENS(?:MUS|RNO)?[GTP]\d{11})(?:\.\d+)?", re.I), "ENSEMBL"),
    (re.compile(r"((?:[OPQ]\d[A-Z\d]{3}\d)|(?:[A-NR-Z]\d(?:[A-Z][A-Z\d]{2}\d){1,2}))(?:-\d+)?"), "UniProtKB"),
    (re.compile(r"(MIMAT\d{7})", re.I), "mirbase.mature"),
    (re.compile(r"(MI\d{7})", re.I), "mirbase"),
    (re.compile(r"(MIPF\d{7})", re.I), "mirbase.family"),
    (re.compile(r"([CD]\d{6,9})"), "MESH"),
    (re.compile(r"(WP\d+)", re.I), "wikipathways"),
)
"""Form of an identifier that stands without its prefix → the prefix."""
_REACTOME = re.compile(r"R-(?:HSA|MMU|RNO)-(\d+)(?:\.\d+)?", re.I)
_IDENTIFIERS_ORG = re.compile(r"https?://(?:identifiers\.org|bioregistry\.io)/(.+)")


def canonical(text: str, prefix: str = "") -> str:
    """The identifier that a text is, as our CURIE in small letters; empty where it has no such form.

    >>> canonical("uniprot:P22301-2"), canonical("ENSMUSG00000016529.15"), canonical("CHEBI:CHEBI:15551")
    ('uniprotkb:p22301', 'ensembl:ensmusg00000016529', 'chebi:15551')
    >>> canonical("http://purl.obolibrary.org/obo/CL_0000084"), canonical("CL_0000084"), canonical("IL-10")
    ('cl:0000084', 'cl:0000084', '')
    >>> canonical("3586"), canonical("3586", "entrez")
    ('', 'ncbigene:3586')
    """
    text = text.strip().strip("<>")
    if text.startswith("http"):
        found = _IDENTIFIERS_ORG.fullmatch(text)
        text = found[1].replace("/", ":", 1) if found else vocab.compress(text)
    if re.fullmatch(r"[A-Za-z]+_\d{5,}", text):
        text = text.replace("_", ":", 1)
    head, colon, local = text.partition(":")
    if not colon:
        for form, known in BARE:
            if found := form.fullmatch(text):
                return f"{known}:{found[1]}".casefold()
        if found := _REACTOME.fullmatch(text):
            return f"reactome:r-hsa-{found[1]}"
        if not prefix:
            return ""
        head, local = prefix, text
    ours = _FOLDED.get(head.strip().casefold())
    if not ours:
        return ""
    local = local.strip()
    if local.casefold().startswith(f"{head.casefold()}:"):
        local = local[len(head) + 1 :]
    if ours in ("UniProtKB", "ENSEMBL"):
        for form, known in BARE[:2]:
            if known == ours and (found := form.fullmatch(local.upper())):
                local = found[1]
    if ours == "reactome" and (found := _REACTOME.fullmatch(local)):
        local = f"R-HSA-{found[1]}"
    if ours.startswith("mirbase") and local[:5].upper() == "MIMAT":
        ours = "mirbase.mature"
    return f"{ours}:{local}".casefold()


_GREEK = {"a": "alpha", "b": "beta", "g": "gamma", "d": "delta", "k": "kappa", "w": "omega"}
_LATIN = {word: letter for letter, word in _GREEK.items()}
_END = re.compile(r"(?P<stem>.*[a-z0-9])(?P<letter>[abgdkw])(?P<n>\d?)")
_WORD = re.compile(r"(?P<stem>.*[a-z0-9])(?P<word>alpha|beta|gamma|delta|kappa|omega)(?P<n>\d?)")
_SMALL = frozenset({"of", "the", "and", "in", "a", "an", "protein", "gene", "human", "mouse", "rat"})


def _greek(key: str) -> Iterator[str]:
    """A normalised name with its Greek letter spelled out or cut to one Latin letter."""
    if found := _WORD.fullmatch(key):
        yield f"{found['stem']}{_LATIN[found['word']]}{found['n']}"
    elif found := _END.fullmatch(key):
        yield f"{found['stem']}{_GREEK[found['letter']]}{found['n']}"


def _bag(text: str) -> tuple[str, ...]:
    """The words of a name, singular and sorted; none for a single word."""
    words = [w for w in re.findall(r"[a-z0-9+]+", text.casefold()) if w not in _SMALL]
    if len(words) < 2:
        return ()
    return tuple(
        sorted(w[:-1] if len(w) > 3 and w.endswith("s") and w[-2] not in "sui" else w for w in words)
    )


def _shorter(key: str) -> Iterator[str]:
    yield key
    for i in range(len(key)):
        yield key[:i] + key[i + 1 :]


@dataclass(frozen=True, eq=False)
class Resolver:
    """Names and identifiers of elsewhere. A row is (key, entity, kind, others parted by `|`).

    `spelled`: normalised spelling → entities, of what curators wrote.
    """

    rows: tuple[tuple[str, str, str, str], ...]
    spelled: Mapping[str, tuple[str, ...]]

    @cached_property
    def _found(self) -> tuple[Mapping[str, Resolution], Mapping[str, Resolution]]:
        """By identifier, and by normalised name."""
        ids: dict[str, dict[int, dict[str, tuple[str, str]]]] = {}
        names: dict[str, dict[int, dict[str, tuple[str, str]]]] = {}
        for key, entity, kind, others in self.rows:
            is_id = ":" in key and (curie := canonical(key))
            where, at = (ids, curie) if is_id else (names, normalise(key))
            if at:
                ranked = where.setdefault(at, {}).setdefault(RANKS.get(kind, 6), {})
                ranked.setdefault(entity, (kind, others))
        return _best(ids), _best(names)

    @cached_property
    def _bags(self) -> Mapping[tuple[str, ...], tuple[str, ...]]:
        found: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
        for key, entity, _, others in self.rows:
            if not others and (bag := _bag(key)):
                found[bag].setdefault(entity)
        return {bag: tuple(names) for bag, names in found.items()}

    def look(self, text: str, spellings: Iterable[str], prefix: str = "") -> Resolution:
        """What a text and its other spellings stand for."""
        ids, names = self._found
        if (curie := canonical(text, prefix)) and (found := ids.get(curie)):
            return Resolution(text, found.names, f"identifier, {found.how}", found.others)
        keys = list(dict.fromkeys(filter(None, map(normalise, spellings))))
        for key in keys:
            if found := names.get(key):
                return Resolution(text, found.names, found.how, found.others)
        for key in keys:
            for other in _greek(key):
                if other in self.spelled:
                    return Resolution(text, self.spelled[other], "Greek letter")
                if found := names.get(other):
                    return Resolution(text, found.names, f"{found.how}, Greek letter", found.others)
        if (bag := _bag(text)) and bag in self._bags:
            return Resolution(text, self._bags[bag], "same words")
        return Resolution(text)

    # Suggestions ----------------------------------------------------------------------------------

    @cached_property
    def _keys(self) -> Mapping[str, tuple[str, ...]]:
        """Every normalised name → entities."""
        found = {key: r.names for key, r in self._found[1].items()}
        return {**found, **self.spelled}

    @cached_property
    def _by_shorter(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for key in self._keys:
            if 3 < len(key) < 40:
                for short in _shorter(key):
                    found[short].append(key)
        return found

    @cached_property
    def _by_trigram(self) -> Mapping[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, key in enumerate(self._keys):
            for trigram in {key[i : i + 3] for i in range(len(key) - 2)}:
                found[trigram].append(number)
        return found

    @cached_property
    def _numbered(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def near(self, text: str, n: int = 3) -> list[str]:
        """Names one letter away, else those that share most groups of three letters; best first."""
        wanted = normalise(text)
        if len(wanted) < 3:
            return []
        hits = {key for short in _shorter(wanted) for key in self._by_shorter.get(short, ())}
        ordered = sorted(hits, key=lambda key: (abs(len(key) - len(wanted)), key))
        if not ordered:
            counted: Counter[int] = Counter()
            grams = {wanted[i : i + 3] for i in range(len(wanted) - 2)}
            for gram in grams:
                counted.update(self._by_trigram.get(gram, ()))
            keys = self._numbered
            shared = [
                (2 * count / (len(grams) + max(1, len(keys[i]) - 2)), keys[i])
                for i, count in counted.most_common(12)
            ]
            ordered = [key for score, key in sorted(shared, key=lambda s: (-s[0], s[1])) if score >= 0.45]
        return list(dict.fromkeys(name for key in ordered for name in self._keys[key]))[:n]


def _best(found: Mapping[str, Mapping[int, Mapping[str, tuple[str, str]]]]) -> dict[str, Resolution]:
    """Of each key the entities of the best rank."""
    made = {}
    for key, ranks in found.items():
        best = ranks[min(ranks)]
        others = dict.fromkeys(o for _, told in best.values() for o in told.split("|") if o)
        made[key] = Resolution(key, tuple(best), next(iter(best.values()))[0], tuple(others))
    return made
