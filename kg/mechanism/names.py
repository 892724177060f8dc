"""Finding entities by name, and what counts as an answer when one is asked for.

Asking for an entity also finds what is below it: by the public ontologies' own is-a links and by the
curated parents. Which link made a match is kept, so that an answer can say why it is one. Products of a
cell (its vesicles, medium, mitochondria) are found on request; causal statements are never used here.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from kg.curation.anchor import normalise
from kg.errors import AmbiguousName, NameNotFound
from kg.mechanism.resolver import Resolution, Resolver
from kg.model import Entity

__all__ = ["Names"]


@dataclass(frozen=True)
class Names:
    """The entities, findable. `is_a` and `derives` are direct links between names: (below, above).

    `used`: the names that statements are about; near ones are offered from among them first. `elsewhere`:
    called once, and only when it is needed, gives what others call them (see `kg.mechanism.resolver`).
    """

    entities: tuple[Entity, ...]
    is_a: tuple[tuple[str, str], ...] = ()
    derives: tuple[tuple[str, str, str], ...] = ()
    used: frozenset[str] = frozenset()
    elsewhere: Callable[[], Iterable[tuple[str, str, str, str]]] | None = field(
        default=None, repr=False, compare=False
    )

    @cached_property
    def by_name(self) -> Mapping[str, Entity]:
        return {e.name: e for e in self.entities}

    @cached_property
    def _by_id(self) -> Mapping[str, Entity]:
        return {e.id.casefold(): e for e in self.entities}

    @cached_property
    def _spellings(self) -> Mapping[str, tuple[str, ...]]:
        """Normalised spelling → names that answer to it; a name beats an alias beats a label."""
        found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for e in self.entities:
            ranked = [(0, e.name), *((1, a.rstrip("?")) for a in e.aliases), (2, e.label)]
            for rank, spelling in ranked:
                names = found[normalise(spelling) or spelling][rank]
                if e.name not in names:
                    names.append(e.name)
        return {key: tuple(ranks[min(ranks)]) for key, ranks in found.items()}

    def known(self, text: str) -> tuple[str, ...]:
        """Names of the entities that a name, alias or label of ours may stand for; none where unknown.

        Identifiers and names of elsewhere are left to `resolution`.
        """
        text = text.strip()
        if text in self.by_name:
            return (text,)
        if text.casefold() in self._by_id:
            return (self._by_id[text.casefold()].name,)
        for spelled in variants(text):
            if found := self._spellings.get(normalise(spelled) or spelled):
                return found
        return ()

    @cached_property
    def resolver(self) -> Resolver:
        """Names and identifiers of elsewhere, and the words of our own in any order."""
        own = [(s, e.name, "synonym", "") for e in self.entities for s in (e.name, *e.aliases, e.label)]
        ids = [(e.id, e.name, "exact match", "") for e in self.entities if ":" in e.id]
        told = self.elsewhere() if self.elsewhere is not None else ()
        return Resolver((*ids, *told, *own), self._spellings)

    def resolution(self, text: str, prefix: str = "") -> Resolution:
        """What a text stands for, by our names or by any of elsewhere; never by mere likeness.

        `prefix` is that of a bare identifier, such as `NCBIGene` for a number.
        """
        text = text.strip()
        if not prefix and (names := self.known(text)):
            if text in self.by_name:
                return Resolution(text, names, "name")
            return Resolution(text, names, "identifier" if text.casefold() in self._by_id else "alias")
        if not text:
            return Resolution(text)
        return self.resolver.look(text, variants(text), prefix)

    def resolve(self, text: str | Entity) -> Entity:
        """The one entity that a name or identifier stands for, ours or of elsewhere.

        Raises NameNotFound, with the nearest spellings, and AmbiguousName.
        """
        if isinstance(text, Entity):
            return text
        text = text.strip()
        found = self.resolution(text)
        if not found.names:
            raise NameNotFound(text, self.nearest(text))
        if not found.is_found:
            own = [(n, self.by_name[n].id) for n in found.names]
            foreign = [(o.partition(" ")[2], o.partition(" ")[0]) for o in found.others]
            raise AmbiguousName(text, own + foreign)
        return self.by_name[found.names[0]]

    def nearest(self, text: str, n: int = 3) -> list[str]:
        """Names close to a text: those that hold it, then those spelled like it."""
        wanted = normalise(text)
        inside = [e.name for e in self.entities if len(wanted) > 2 and wanted in normalise(e.name)]
        close = difflib.get_close_matches(wanted, list(self._spellings), 3 * n, 0.7)
        found = [*sorted(inside, key=len)[: 3 * n], *(name for key in close for name in self._spellings[key])]
        # Those that statements are about come first: an entity without any leads nowhere.
        return sorted(dict.fromkeys(found), key=lambda name: name not in self.used if self.used else False)[
            :n
        ]

    def find(self, text: str) -> list[Entity]:
        """Entities whose name, alias, label or identifier holds the text; best first.

        What the text stands for comes first: in another spelling, or elsewhere (an identifier of UniProt, a
        former symbol …).
        """
        wanted = normalise(text)
        stands_for = self.resolution(text).names
        scored: list[tuple[int, int, str]] = [(-1, n, name) for n, name in enumerate(stands_for)]
        for e in self.entities:
            if e.name in stands_for:
                continue
            spellings = [normalise(s) for s in (e.name, *e.aliases, e.label)]
            if text.casefold() == e.id.casefold() or wanted in spellings:
                scored.append((0, spellings.index(wanted) if wanted in spellings else 0, e.name))
            elif any(s.startswith(wanted) for s in spellings):
                scored.append((1, len(e.name), e.name))
            elif any(wanted in s for s in spellings):
                scored.append((2, len(e.name), e.name))
        return [self.by_name[name] for _, _, name in sorted(scored)]

    @cached_property
    def _below(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for low, high in self.is_a:
            found[high].append(low)
        return {high: tuple(sorted(set(lows))) for high, lows in found.items()}

    @cached_property
    def _above(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for low, high in self.is_a:
            found[low].append(high)
        return {low: tuple(sorted(set(highs))) for low, highs in found.items()}

    @cached_property
    def _products(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for product, link, cell in self.derives:
            found[cell].append((product, link))
        return {cell: tuple(sorted(items)) for cell, items in found.items()}

    def children(self, name: str) -> tuple[str, ...]:
        return self._below.get(name, ())

    def parents(self, name: str) -> tuple[str, ...]:
        return self._above.get(name, ())

    def ancestors(self, name: str) -> frozenset[str]:
        """Everything above an entity, without itself."""
        return frozenset(self._walk(name, self._above)) - {name}

    @staticmethod
    def _walk(name: str, links: Mapping[str, Sequence[str]]) -> set[str]:
        todo, seen = [name], {name}
        while todo:
            for other in links.get(todo.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        return seen

    def matching(self, name: str, *, subclasses: bool = True, products: bool = False) -> dict[str, str]:
        """Name → why it counts as an answer when `name` is asked for; "" for the entity itself."""
        found = {name: ""}
        todo = [name]
        while todo:
            here = todo.pop(0)
            reached: list[tuple[str, str]] = []
            if subclasses:
                reached += [(low, f"{low} is a kind of {here}") for low in self.children(here)]
            if products:
                reached += [(p, f"{p} {link} {here}") for p, link in self._products.get(here, ())]
            for low, why in reached:
                if low not in found:
                    found[low] = f"{why}, {found[here]}" if found[here] else why
                    todo.append(low)
        return found


_SPELLINGS = (
    ("oedema", "edema"), ("haem", "hem"), ("tumour", "tumor"), ("fibre", "fiber"), ("leucocyte", "leukocyte"),
    ("anaemia", "anemia"), ("oesophag", "esophag"), ("foetal", "fetal"), ("isation", "ization"),
    ("signaling", "signalling"), ("remodeling", "remodelling"), ("labeling", "labelling"),
)  # fmt: skip
"""British and American spellings of one word."""
_SPECIES_PREFIX = re.compile(r"^(?:hsa|mmu|rno|ssc)-(?=miR|let|mir)")
_MSC_WORDS = re.compile(r"\bmesenchymal (?:stem|stromal|stem/stromal)(?: cells?)?\b", re.IGNORECASE)


_ANY_SPELLING = re.compile("|".join(word for pair in _SPELLINGS for word in pair), re.IGNORECASE)


@lru_cache(maxsize=4096)
def variants(text: str) -> tuple[str, ...]:
    """A text and other ways to write it: without a species in front of a microRNA, singular, other spelling.

    >>> variants("M2 macrophages")
    ('M2 macrophages', 'M2 macrophage')
    >>> "miR-146a-5p" in set(variants("mmu-miR-146a-5p"))
    True
    """
    seen: dict[str, None] = {}
    for base in (text, _SPECIES_PREFIX.sub("", text), _MSC_WORDS.sub("MSC", text)):
        for spelled in (base, *_respelled(base)):
            for form in (spelled, *_singular(spelled)):
                seen.setdefault(form)
    return tuple(seen)


def _respelled(text: str) -> Iterator[str]:
    if not _ANY_SPELLING.search(text):
        return
    low = text.casefold()
    for one, other in _SPELLINGS:
        for old, new in ((one, other), (other, one)):
            if old in low and not (new in low and old in new):
                yield re.sub(re.escape(old), new, text, flags=re.IGNORECASE)


def _singular(text: str) -> Iterator[str]:
    if re.search(r"(?:[^sui]s)$", text) and len(text) > 3:
        if text.endswith("ies"):
            yield text[:-3] + "y"
        elif text.endswith(("sses", "shes", "ches", "xes")):
            yield text[:-2]
        yield text[:-1]


def reduced_links(
    entities: Iterable[Entity], parents: Mapping[str, Iterable[str]]
) -> tuple[tuple[str, str], ...]:
    """Direct is-a links between entities, by name, from parents between identifiers.

    `parents` may lead through terms that are no entities of ours; such a chain becomes one link.
    """
    by_id = {e.id: e.name for e in entities}
    found: set[tuple[str, str]] = set()
    for start, name in by_id.items():
        todo, seen = list(parents.get(start, ())), set[str]()
        while todo:
            above = todo.pop()
            if above in seen:
                continue
            seen.add(above)
            if above in by_id:
                if by_id[above] != name:
                    found.add((name, by_id[above]))
            else:
                todo += parents.get(above, ())
    return tuple(sorted(found))
