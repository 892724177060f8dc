"""The words and IRIs of the project: prefixes, namespaces and closed lists.

IRIs are written here and nowhere else. The closed lists are what a curator may write in `data/`;
`kg.curation.papers` checks files against them and `kg lint` offers the nearest valid spelling.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from kg.errors import BadInput

BASE = "https://w3id.org/msc-kg/"
ONTOLOGY_IRI = BASE + "ontology"

PREFIXES: dict[str, str] = {
    "mscm": BASE + "term/",
    "rel": BASE + "relation/",
    "statement": BASE + "statement/",
    "line": BASE + "line/",
    "experiment": BASE + "experiment/",
    "agent": BASE + "agent/",
    "trial": BASE + "trial/",
    "curation": BASE + "curation/",
    "adjudication": BASE + "adjudication/",
    "inference": BASE + "inference/",
    "exemplar": BASE + "exemplar/",
    "voc": BASE + "vocabulary/",
    "own": BASE + "own/",
    "graph": BASE + "graph/",
    "BFO": "http://purl.obolibrary.org/obo/BFO_",
    "CHEBI": "http://purl.obolibrary.org/obo/CHEBI_",
    "CL": "http://purl.obolibrary.org/obo/CL_",
    "COB": "http://purl.obolibrary.org/obo/COB_",
    "DOID": "http://purl.obolibrary.org/obo/DOID_",
    "ECO": "http://purl.obolibrary.org/obo/ECO_",
    "GO": "http://purl.obolibrary.org/obo/GO_",
    "HP": "http://purl.obolibrary.org/obo/HP_",
    "IAO": "http://purl.obolibrary.org/obo/IAO_",
    "MONDO": "http://purl.obolibrary.org/obo/MONDO_",
    "MP": "http://purl.obolibrary.org/obo/MP_",
    "NCBITaxon": "http://purl.obolibrary.org/obo/NCBITaxon_",
    "OBI": "http://purl.obolibrary.org/obo/OBI_",
    "PATO": "http://purl.obolibrary.org/obo/PATO_",
    "RO": "http://purl.obolibrary.org/obo/RO_",
    "SO": "http://purl.obolibrary.org/obo/SO_",
    "UBERON": "http://purl.obolibrary.org/obo/UBERON_",
    "MAXO": "http://purl.obolibrary.org/obo/MAXO_",
    "PR": "http://purl.obolibrary.org/obo/PR_",
    "HGNC": "https://www.genenames.org/data/gene-symbol-report/#!/hgnc_id/",
    "ENSEMBL": "http://identifiers.org/ensembl/",
    "NCBIGene": "http://www.ncbi.nlm.nih.gov/gene/",
    "UniProtKB": "http://purl.uniprot.org/uniprot/",
    "FPLX": "https://sorgerlab.github.io/famplex/",
    "MESH": "https://meshb.nlm.nih.gov/record/ui?ui=",
    "complexportal": "https://www.ebi.ac.uk/complexportal/complex/",
    "mirbase.mature": "http://mirbase.org/cgi-bin/mature.pl?mature_acc=",
    "mirbase.family": "http://www.mirbase.org/cgi-bin/mirna_summary.pl?fam=",
    "mirbase": "http://www.mirbase.org/cgi-bin/mirna_entry.pl?acc=",
    "reactome": "https://reactome.org/content/detail/",
    "wikipathways": "https://www.wikipathways.org/instance/",
    "cellosaurus": "https://www.cellosaurus.org/",
    "biolink": "https://w3id.org/biolink/vocab/",
    "PMID": "http://www.ncbi.nlm.nih.gov/pubmed/",
    "doi": "https://doi.org/",
    "NCT": "https://clinicaltrials.gov/study/NCT",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
}
"""Prefix → IRI start. Those of public sources follow the Bioregistry."""

WEB_PREFIXES: dict[str, str] = {
    "void": "http://rdfs.org/ns/void#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "formats": "http://www.w3.org/ns/formats/",
    "sh": "http://www.w3.org/ns/shacl#",
    "schema": "https://schema.org/",
}
"""Prefix → IRI start of what only the server's descriptions of itself use."""

LICENCES: dict[str, str] = {
    "data": "https://creativecommons.org/publicdomain/zero/1.0/",
    "ontology": "https://creativecommons.org/licenses/by/4.0/",
}
"""Folder of the checkout → licence of what is made from it."""

HOMES: dict[str, str] = {
    "HGNC": "https://www.genenames.org",
    "FPLX": "https://sorgerlab.github.io/famplex",
    "MESH": "https://id.nlm.nih.gov/mesh",
    "mirbase.mature": "https://www.mirbase.org",
    "reactome": "https://reactome.org",
    "wikipathways": "https://www.wikipathways.org",
}
"""Prefix → home of a source that is no ontology of the OBO Foundry."""

GRAPHS = ("ontology", "assertions", "evidence", "provenance", "inferred")
"""The named graphs. A query sees ontology, assertions and inferred unless it names others."""

DEFAULT_GRAPHS = ("ontology", "assertions", "inferred")

CATEGORIES: dict[str, str] = {
    "cell": "CL:0000000",
    "vesicle": "GO:1903561",
    "medium": "OBI:1000023",
    "organelle": "GO:0043226",
    "protein": "CHEBI:36080",
    "small molecule": "CHEBI:24431",
    "microRNA": "SO:0000276",
    "RNA": "CHEBI:33697",
    "pathway": "GO:0007165",
    "process": "GO:0008150",
    "phenotype": "mscm:0000001",
    "outcome": "mscm:0000002",
    "disease": "MONDO:0000001",
    "drug": "mscm:0000003",
    "exposure": "mscm:0000004",
    "organism": "NCBITaxon:1",
}
"""Category of an entity → the upper class that it becomes a subclass of."""

MOLECULES = ("protein", "small molecule", "microRNA", "RNA")

KINDS = ("primary", "trial", "meta-analysis", "review")
READ = ("abstract", "full text")
AGENTS = ("software",)
SYSTEMS = ("in vitro", "ex vivo", "in vivo", "clinical")
TESTS = ("association", "necessity", "sufficiency", "rescue", "dose response")
DIRECTIONS = ("supports", "disputes", "no effect")
READINGS = ("confirmed", "mended")
STATUSES = ("retracted", "concern")
ENDPOINTS = ("met", "not met", "not stated")
BLINDING = ("none", "single", "double", "triple")
PRODUCTS = (
    "cells", "vesicles", "conditioned medium", "mitochondria", "cells and vesicles", "endogenous cells",
)  # fmt: skip
SOURCES = (
    "bone marrow", "adipose tissue", "umbilical cord", "Wharton's jelly", "cord blood", "placenta",
    "amnion", "chorion", "amniotic fluid", "menstrual blood", "dental pulp", "iPSC", "ESC", "lung",
    "synovium", "mixed",
)  # fmt: skip
ROUTES = (
    "intravenous", "intratracheal", "intranasal", "intraperitoneal", "nebulised", "intrabronchial",
    "intrapleural", "ex vivo perfusion", "oral",
)  # fmt: skip
CONTACTS = ("direct", "transwell")
MEASURED_IN = (
    "lavage",
    "serum",
    "plasma",
    "blood",
    "sputum",
    "lung tissue",
    "airway",
    "pulmonary artery",
    "pleural fluid",
    "exhaled breath",
    "spleen",
    "lymph node",
    "bone marrow",
    "liver",
    "kidney",
    "heart",
    "brain",
    "gut",
    "culture medium",
    "vesicle",
    "macrophage",
    "alveolar macrophage",
    "monocyte",
    "neutrophil",
    "eosinophil",
    "mast cell",
    "dendritic cell",
    "T cell",
    "regulatory T cell",
    "B cell",
    "NK cell",
    "innate lymphoid cell",
    "blood mononuclear cell",
    "epithelial cell",
    "alveolar epithelial cell",
    "airway epithelial cell",
    "endothelial cell",
    "fibroblast",
    "smooth muscle cell",
    "MSC",
    "platelet",
    "whole body",
)
ASSAYS = (
    "ELISA",
    "multiplex immunoassay",
    "flow cytometry",
    "qPCR",
    "western blot",
    "histology",
    "immunohistochemistry",
    "immunofluorescence",
    "electron microscopy",
    "microscopy",
    "in situ hybridisation",
    "microarray",
    "RNA sequencing",
    "single-cell RNA sequencing",
    "proteomics",
    "mass spectrometry",
    "luciferase reporter",
    "chromatin immunoprecipitation",
    "hydroxyproline assay",
    "colony count",
    "cell count",
    "wet-to-dry weight",
    "dye leak",
    "lung mechanics",
    "plethysmography",
    "spirometry",
    "blood gas",
    "imaging",
    "echocardiography",
    "catheterisation",
    "electrical resistance",
    "cell assay",
    "enzyme activity",
    "oximetry",
    "clinical score",
    "questionnaire",
    "walk test",
    "survival",
    "genotyping",
)
EFFECT_MEASURES = (
    "mean",
    "median",
    "mean change",
    "mean difference",
    "standardised mean difference",
    "percent",
    "percent change",
    "percentage points",
    "count",
    "fold change",
    "ratio",
    "odds ratio",
    "risk ratio",
    "hazard ratio",
    "rate ratio",
    "risk difference",
    "correlation",
    "area under curve",
)
POOLED = (
    "randomised trials",
    "trials",
    "trials and other studies",
    "observational studies",
    "animal studies",
)
ENDPOINT_RANKS = ("primary", "secondary", "safety", "exploratory", "not stated")
SPECIES: dict[str, str] = {
    "human": "NCBITaxon:9606",
    "mouse": "NCBITaxon:10090",
    "rat": "NCBITaxon:10116",
    "guinea pig": "NCBITaxon:10141",
    "hamster": "NCBITaxon:10036",
    "rabbit": "NCBITaxon:9986",
    "cat": "NCBITaxon:9685",
    "ferret": "NCBITaxon:9669",
    "dog": "NCBITaxon:9615",
    "pig": "NCBITaxon:9823",
    "sheep": "NCBITaxon:9940",
    "horse": "NCBITaxon:9796",
    "macaque": "NCBITaxon:9544",
    "several": "NCBITaxon:40674",
}
RODENTS = ("mouse", "rat", "guinea pig", "hamster")
LARGE_ANIMALS = ("cat", "dog", "pig", "sheep", "horse", "macaque")

SOURCE_OF_AGENT: dict[str, tuple[str, ...]] = {
    "bone marrow MSC": ("bone marrow",),
    "adipose MSC": ("adipose tissue",),
    "umbilical cord MSC": ("umbilical cord", "Wharton's jelly"),
    "Wharton's jelly MSC": ("Wharton's jelly",),
    "cord blood MSC": ("cord blood",),
    "placental MSC": ("placenta", "amnion", "chorion"),
    "amniotic membrane MSC": ("amnion",),
    "chorionic MSC": ("chorion",),
    "amniotic fluid MSC": ("amniotic fluid",),
    "menstrual blood MSC": ("menstrual blood",),
    "iPSC-derived MSC": ("iPSC",),
    "ESC-derived MSC": ("ESC",),
    "lung MSC": ("lung",),
    "dental MSC": ("dental pulp",),
    "synovial MSC": ("synovium",),
}
"""Cell name → tissue sources that may stand beside it in an experiment's `agent`."""

PLAIN_MSC = (
    *SOURCE_OF_AGENT, "MSC", "MSC-EV", "MSC exosome", "MSC microvesicle", "MSC conditioned medium",
)  # fmt: skip
"""Cells and products by nothing but their source: none of them was engineered or primed."""

CONTEXT_AXES = (
    "species", "disease", "system", "model", "phase", "product", "source", "donor", "route", "dose",
    "timing", "priming", "engineering", "contact", "readout",
)  # fmt: skip
"""Axes of context on which findings that disagree may differ."""

RUNGS = (
    "in vitro",
    "ex vivo human tissue",
    "rodent in vivo",
    "other animal in vivo",
    "large animal in vivo",
    "human observational",
    "early trial",
    "randomised trial",
    "meta-analysis of trials",
)
"""The translational ladder, lowest rung first (design: docs/model.md)."""

ANIMAL_RUNGS = ("rodent in vivo", "other animal in vivo", "large animal in vivo")
HUMAN_RUNGS = ("ex vivo human tissue", "human observational", "early trial", "randomised trial",
               "meta-analysis of trials")  # fmt: skip

OPEN_VALUES = frozenset({"several", "mixed", "cells and vesicles"})
"""Values of context that stand for more than one thing."""

LEVELS = ("in vitro", "animal", "human")
"""In whom a finding was made, as arrows and steps show it."""


def level_of(rung: str) -> str:
    """`in vitro`, `animal` or `human` for a rung; empty for none."""
    if rung in HUMAN_RUNGS:
        return "human"
    return "animal" if rung in ANIMAL_RUNGS else rung


CLOSED_LISTS: dict[str, tuple[str, ...]] = {
    "kind": KINDS,
    "read": READ,
    "agent": AGENTS,
    "reading": READINGS,
    "status": STATUSES,
    "system": SYSTEMS,
    "product": PRODUCTS,
    "source": SOURCES,
    "route": ROUTES,
    "contact": CONTACTS,
    "test": TESTS,
    "direction": DIRECTIONS,
    "rung": RUNGS,
    "primary endpoint": ENDPOINTS,
    "blinded": BLINDING,
}
"""Key of the evidence → the values it takes; `ontology/terms/values.tsv` has a term for each."""

MATCHES = ("exact", "close", "broad", "narrow", "related")
"""How near a public term is, as in SKOS: `broad` says that the public term is the broader one."""

HYPOTHESES: dict[str, str] = {
    "missing mediator": "an effect is known and replicated, what lies between is not: a candidate for it",
    "mechanism transfer": "it works through this in one disease, and this drives another: not tried there",
    "missing mechanism": "chains of tested steps join the two, and nobody measured the effect",
    "stronger product": "a cargo or a priming that should make the product work better",
    "substitution": "a cell-free product carries what the cells need for this: it should do instead",
    "rung gap": "shown in animals by two laboratories or more, never in human cells, tissue or people",
    "conflict": "findings disagree: the one context to vary",
    "drug interaction": "a standard drug meets the mechanism: it should weaken or strengthen it",
    "harm": "chains of tested steps lead to something bad that nobody measured",
}
"""Kind of hypothesis → what it says, in the order in which they are shown."""


def property_of(name: str) -> str:
    """The CURIE of the project's property for a Python or YAML key: `measured in` → `voc:measuredIn`."""
    head, *rest = name.replace("_", " ").split()
    return "voc:" + head + "".join(word.capitalize() for word in rest)


def expand(curie: str) -> str:
    """The IRI of a CURIE.

    >>> expand("CL:0000815")
    'http://purl.obolibrary.org/obo/CL_0000815'

    Raises BadInput where the prefix is not in `PREFIXES`.
    """
    prefix, colon, local = curie.partition(":")
    if not colon or prefix not in PREFIXES:
        raise BadInput(f"{curie!r} is not an identifier with a known prefix; known: {', '.join(PREFIXES)}")
    return PREFIXES[prefix] + (quote(local, safe="/:;,()+!*'$&=@~._-") if prefix == "doi" else local)


def paper_address(curie: str) -> str:
    """Where a person can read the paper of `PMID:…` or `doi:…`; empty for any other text.

    >>> paper_address("PMID:17013373"), paper_address("edges.tsv:3")
    ('https://pubmed.ncbi.nlm.nih.gov/17013373/', '')
    """
    kind, _, rest = curie.partition(":")
    if kind == "PMID" and rest.isdecimal():
        return f"https://pubmed.ncbi.nlm.nih.gov/{rest}/"
    return f"https://doi.org/{rest}" if kind == "doi" and rest.startswith("10.") else ""


def source_iri(curie: str) -> str:
    """The IRI of the ontology, or the home of the source, that a public term is from.

    >>> source_iri("CL:0000815"), source_iri("HGNC:5962")
    ('http://purl.obolibrary.org/obo/cl.owl', 'https://www.genenames.org')
    """
    prefix = curie.partition(":")[0]
    return HOMES.get(prefix, f"http://purl.obolibrary.org/obo/{prefix.lower()}.owl")


_BY_LENGTH = sorted(PREFIXES.items(), key=lambda item: -len(item[1]))


def compress(iri: str) -> str:
    """The CURIE of an IRI; the IRI itself where no prefix fits.

    >>> compress("http://purl.obolibrary.org/obo/CL_0000815")
    'CL:0000815'
    """
    for prefix, start in _BY_LENGTH:
        if iri.startswith(start) and len(iri) > len(start):
            local = iri[len(start) :]
            return f"{prefix}:{unquote(local) if prefix == 'doi' else local}"
    return iri
