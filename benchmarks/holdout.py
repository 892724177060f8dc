"""How well later findings are foretold from earlier ones, beside methods anyone would try first.

    python benchmarks/holdout.py                        our own graph, by year
    python benchmarks/holdout.py --edges FILE.tsv.gz    any table: subject  sign  object  year  source
    python benchmarks/holdout.py --mechanisms FILE.jsonl.gz   records in the shape of DrugMechDB

The protocol was written down before the first run: docs/evaluation.md. `--json` prints everything.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kg.engine.choice import Choices, fit_choices, moments, tried_ridges
from kg.engine.evaluation import (
    Split,
    area_under_curve,
    average_precision,
    balanced_accuracy,
    brier,
    calibration_error,
    interval,
    ranks,
    repaired_negatives,
    same_degree_negatives,
    uniform_negatives,
)
from kg.engine.features import NAMES, Features
from kg.engine.pairs import Pairs, Report, pairs_of
from kg.engine.ranker import Ranker
from kg.errors import BadInput

SHARES = (0.6, 0.7, 0.8, 0.9)
SEEDS = 5
COVERAGE = 0.45
"""Share of the test pairs whose sign is called, most confident first."""
SIGNS = {"+": 1, "1": 1, "-": -1, "−": -1, "-1": -1, "?": 0, "0": 0, "": 0}

DRAWN = (
    ("matched", repaired_negatives), ("same_degree", same_degree_negatives), ("uniform", uniform_negatives),
)  # fmt: skip

Matrix = np.ndarray


# Reading -------------------------------------------------------------------------------------------


def _lines(path: str) -> Iterator[str]:
    """Lines of a text file that may be gzipped. Raises BadInput."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path) as file:  # noqa: PTH123
            yield from file
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {path}: {error}") from None


def read_edges(path: str) -> tuple[tuple[str, ...], Pairs]:
    """Pairs of a table with the columns subject, sign, object, year, source and perhaps categories.

    Raises BadInput with the first ten rows that cannot be read.
    """
    rows = csv.DictReader(_lines(path), delimiter="\t", quoting=csv.QUOTE_NONE)
    lacking = [c for c in ("subject", "sign", "object", "year") if c not in (rows.fieldnames or ())]
    if lacking:
        told = ", ".join(rows.fieldnames or ())
        raise BadInput(f"{path}:1: the header lacks {', '.join(lacking)}; it has: {told or 'nothing'}")
    reports: list[Report] = []
    kinds: dict[str, str] = {}
    wrong = []
    for number, row in enumerate(rows, 2):
        subject, obj = (row["subject"] or "").strip(), (row["object"] or "").strip()
        try:
            year = int(float(row["year"]))
            sign = SIGNS[(row["sign"] or "").strip()]
        except (TypeError, ValueError, KeyError):
            wrong.append(f"{path}:{number}: year {row['year']!r}, sign {row['sign']!r}")
            continue
        if not subject or not obj:
            wrong.append(f"{path}:{number}: an end is missing")
            continue
        reports.append((subject, sign, obj, year, row.get("source") or f"row {number}", 0.6))
        for end, column in ((subject, "subject_category"), (obj, "object_category")):
            if row.get(column):
                kinds.setdefault(end, row[column])
    if wrong:
        more = f"\n… and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise BadInput("rows that cannot be read:\n" + "\n".join(wrong[:10]) + more)
    return pairs_of(reports, kinds)


def own_pairs() -> tuple[tuple[str, ...], Pairs]:
    """The pairs of our own graph, each with the year of its first paper."""
    import kg
    from kg.mechanism.hypotheses.pairs import pairs_of_graph

    return pairs_of_graph(kg.load())


# What is compared ----------------------------------------------------------------------------------


def _sparse(past: Pairs) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(past)), (past.source, past.target)), shape=(past.n, past.n))


def random_score(past: Pairs, features: Matrix) -> Matrix:
    return np.random.default_rng(1).random((past.n, past.n))


def edge_prior(past: Pairs, features: Matrix) -> Matrix:
    """Chance of a pair in a graph shuffled with its degrees, nearly (Zietz et al. 2024)."""
    out, into = (np.bincount(end, minlength=past.n) for end in (past.source, past.target))
    x = np.outer(out, into) / max(1, len(past))
    return x / (1 + x)


def preferential_attachment(past: Pairs, features: Matrix) -> Matrix:
    total = np.bincount(past.source, minlength=past.n) + np.bincount(past.target, minlength=past.n)
    return np.outer(total, total).astype(float)


def shortest_path_count(past: Pairs, features: Matrix) -> Matrix:
    """Longer shortest paths score lower; of equal ones more paths score higher. Up to three steps."""
    one = _sparse(past)
    two = (one @ one).toarray()
    three = ((one @ one) @ one).toarray()
    squash = lambda m: m / (1 + m)  # noqa: E731
    return np.where(two > 0, 2 + squash(two), np.where(three > 0, 1 + squash(three), 0))


def _undirected(past: Pairs) -> sparse.csr_array:
    both = _sparse(past) + _sparse(past).T
    return sparse.csr_array((both > 0).astype(float))


def jaccard(past: Pairs, features: Matrix) -> Matrix:
    u = _undirected(past)
    common = (u @ u).toarray()
    size = np.asarray(u.sum(axis=1)).ravel()
    return common / np.maximum(size[:, None] + size[None] - common, 1)


def adamic_adar(past: Pairs, features: Matrix) -> Matrix:
    u = _undirected(past)
    size = np.asarray(u.sum(axis=1)).ravel()
    weight = sparse.diags_array(1 / np.log(np.maximum(size, 2)))
    return (u @ weight @ u).toarray()


def _feature(name: str) -> Callable[[Pairs, Matrix], Matrix]:
    return lambda past, features: features[NAMES.index(name)]


def svd(past: Pairs, features: Matrix, rank: int = 24) -> Matrix:
    rank = min(rank, past.n - 2)
    u, s, v = sparse.linalg.svds(_sparse(past), k=rank, random_state=0)
    return (u * s) @ v


def complex_embedding(past: Pairs, features: Matrix, size: int = 32, epochs: int = 60) -> Matrix:
    """ComplEx (Trouillon et al. 2016) with one relation per sign, all targets as negatives, Adagrad."""
    rng = np.random.default_rng(0)
    n, half = past.n, size
    relation = past.sign + 1
    parameters = [rng.normal(0, 0.1, (n, 2 * half)), rng.normal(0, 0.1, (3, 2 * half))]
    sums = [np.full(p.shape, 1e-8) for p in parameters]
    for _ in range(epochs):
        for part in np.array_split(rng.permutation(len(past)), max(1, len(past) // 256)):
            entity, rel = parameters
            s, r, o = entity[past.source[part]], rel[relation[part]], past.target[part]
            sr, si, rr, ri = s[:, :half], s[:, half:], r[:, :half], r[:, half:]
            query = np.concatenate((sr * rr - si * ri, sr * ri + si * rr), axis=1)
            told = query @ entity.T
            told -= told.max(axis=1, keepdims=True)
            chance = np.exp(told)
            chance /= chance.sum(axis=1, keepdims=True)
            chance[np.arange(len(part)), o] -= 1
            chance /= len(part)
            slope = np.zeros_like(entity)
            slope += chance.T @ query
            back = chance @ entity
            br, bi = back[:, :half], back[:, half:]
            np.add.at(
                slope, past.source[part], np.concatenate((br * rr + bi * ri, bi * rr - br * ri), axis=1)
            )
            slope_r = np.zeros_like(rel)
            np.add.at(slope_r, relation[part], np.concatenate((br * sr + bi * si, bi * sr - br * si), axis=1))
            for p, g, total in zip(parameters, (slope + 1e-4 * entity / n, slope_r), sums, strict=True):
                total += g**2
                p -= 0.2 * g / np.sqrt(total)
    entity, rel = parameters
    scores = []
    for r in range(3):
        rr, ri = rel[r, :half], rel[r, half:]
        sr, si = entity[:, :half], entity[:, half:]
        scores.append(np.concatenate((sr * rr - si * ri, sr * ri + si * rr), axis=1) @ entity.T)
    return np.maximum.reduce(scores)


BASELINES: tuple[tuple[str, Callable[[Pairs, Matrix], Matrix]], ...] = (
    ("random", random_score),
    ("degree (edge prior)", edge_prior),
    ("preferential attachment", preferential_attachment),
    ("shortest path count", shortest_path_count),
    ("Jaccard", jaccard),
    ("Adamic-Adar", adamic_adar),
    ("L3", _feature("undirected paths of 3 steps")),
    ("degree-weighted path count", _feature("paths of 3 steps")),
    ("co-regulation", _feature("co-regulation")),
    ("random walk with restart", _feature("random walk")),
    ("SVD", svd),
    ("ComplEx", complex_embedding),
)  # fmt: skip


# One cut -------------------------------------------------------------------------------------------


def all_features(features: Features) -> Matrix:
    return np.concatenate(
        [features.of(np.arange(at, min(at + 256, features.past.n))) for at in range(0, features.past.n, 256)],
        axis=1,
    )


def measures_of(split: Split, score: Matrix, with_interval: bool) -> dict[str, Any]:
    """Ranks and areas of one score over one split."""
    found = ranks(split, score)
    reciprocal, open_ = 1 / found, split.is_open
    rows = np.flatnonzero(open_)
    source, target = split.test.source[rows], split.test.target[rows]
    result: dict[str, Any] = {
        "mrr": float(reciprocal.mean()),
        "mrr_all": float(reciprocal.sum() / (2 * len(split.test))),
        "mrr_by_source": float(np.mean([reciprocal[source == s].mean() for s in np.unique(source)])),
        "hits@1": float((found <= 1).mean()),
        "hits@10": float((found <= 10).mean()),
    }
    true = score[source, target]
    for name, draw in DRAWN:
        areas = []
        for seed in range(SEEDS):
            false = score[draw(split, seed)]
            areas.append((area_under_curve(true, false), average_precision(true, false)))
        result[f"auroc_{name}"], result[f"ap_{name}"] = (float(x) for x in np.mean(areas, axis=0))
    if with_interval:
        result["mrr_interval"] = interval(source, lambda i: float(reciprocal[i].mean()))
        result["hits@10_interval"] = interval(source, lambda i: float((found[i] <= 10).mean()))
        negative = score[repaired_negatives(split, 0)]
        result["auroc_matched_interval"] = interval(
            source, lambda i: area_under_curve(true[i], negative), n=200
        )
    return result


def sign_measures(split: Split, plus: Matrix, past_signs: np.ndarray) -> dict[str, Any]:
    """Balanced accuracy of the sign at stated coverage: shares of all test pairs, most confident first."""
    rows = np.flatnonzero(split.is_open & (split.test.sign != 0))
    called = plus[split.test.source[rows], split.test.target[rows]]
    true = split.test.sign[rows]
    order = np.argsort(-np.abs(called - 0.5), kind="stable")
    found: dict[str, Any] = {"open": len(rows) / max(1, len(split.test)), "at": []}
    for coverage in (0.15, 0.3, COVERAGE, 0.6, 1.0):
        kept = order[: round(coverage * len(split.test))]
        found["at"].append({
            "coverage": len(kept) / max(1, len(split.test)),
            "balanced_accuracy": balanced_accuracy(true[kept], called[kept]),
            "accuracy": float(((called[kept] > 0.5) == (true[kept] > 0)).mean()) if len(kept) else None,
        })  # fmt: skip
    majority = np.where(past_signs.sum() >= 0, 1.0, 0.0)
    kept = order[: round(COVERAGE * len(split.test))]
    found["balanced_accuracy"] = balanced_accuracy(true[kept], called[kept])
    found["majority_accuracy"] = float(((true > 0) == (majority > 0.5)).mean()) if len(true) else float("nan")
    found["interval"] = interval(
        split.test.source[rows][kept], lambda i: balanced_accuracy(true[kept][i], called[kept][i])
    )
    return found


def majority_of_ends(past: Pairs) -> Matrix:
    """Sign by what leaves the source and enters the target, in equal parts: the simple way."""
    out, into = (np.bincount(e, minlength=past.n) + 2 for e in (past.source, past.target))
    leaving = np.bincount(past.source, weights=past.sign, minlength=past.n) / out
    entering = np.bincount(past.target, weights=past.sign, minlength=past.n) / into
    return 0.5 + (leaving[:, None] + entering[None]) / 4


def calibration_of(split: Split, ranker: Ranker, score: Matrix) -> dict[str, Any]:
    """Probabilities against what happened, over every open pair, and over 5 drawn negatives a positive.

    Each was calibrated on the last slice of the past, on pairs drawn in the same way.
    """
    rows = np.flatnonzero(split.is_open)
    true = score[split.test.source[rows], split.test.target[rows]]
    nodes = np.flatnonzero(split.past.known)
    source, target = np.repeat(nodes, len(nodes)), np.tile(nodes, len(nodes))
    open_ = (source != target) & ~split.past.holds(source, target)
    happened = split.test.holds(source, target)[open_].astype(int)
    chance = ranker.probability(score[source, target][open_])
    base = happened.mean()
    found: dict[str, Any] = {
        "base_rate": float(base),
        "expected_base_rate": ranker.base_rate,
        "ece": calibration_error(happened, chance),
        "brier": brier(happened, chance),
        "brier_of_base_rate": float(base * (1 - base)),
    }
    for name, draw in (("matched", repaired_negatives), ("uniform", uniform_negatives)):
        errors = []
        for seed in range(SEEDS):
            false = score[draw(split, seed)]
            label = np.concatenate((np.ones(len(true)), np.zeros(len(false)))).astype(int)
            told = ranker.probability(np.concatenate((true, false)), name)
            share = label.mean()
            errors.append((calibration_error(label, told), brier(label, told), share * (1 - share)))
        ece, squared, of_base = np.mean(errors, axis=0)
        found[f"sample_{name}"] = {
            "ece": float(ece),
            "brier": float(squared),
            "brier_of_base_rate": float(of_base),
        }
    edges = np.quantile(chance, [0, 0.5, 0.9, 0.99, 0.999, 1])
    table = []
    for low, high in pairwise(edges):
        inside = (chance >= low) & (chance <= high)
        table.append({"from": float(low), "to": float(high), "told": float(chance[inside].mean()),
                      "happened": float(happened[inside].mean()), "n": int(inside.sum())})  # fmt: skip
    found["reliability"] = table
    return found


def evaluate(pairs: Pairs, share: float, with_interval: bool = True) -> dict[str, Any]:
    """Every method at one cut."""
    split = Split.at(pairs, share)
    started = time.perf_counter()
    ranker = Ranker.fit(split.past)
    features = Features(split.past)
    whole = ranker.scores(features, np.arange(pairs.n))
    seconds = time.perf_counter() - started
    block = all_features(features)
    methods = {name: make(split.past, block) for name, make in BASELINES}
    methods |= {"ranker": whole.score, "ranker: degree terms alone": whole.degree,
                "ranker: structure alone": whole.score - whole.degree}  # fmt: skip
    return {
        "share": share,
        "cut": int(split.past.year.max()),
        "n_past": len(split.past),
        "n_test": len(split.test),
        "coverage": float(split.is_open.mean()),
        "seconds": seconds,
        "ridge": ranker.ridge,
        "weights": dict(zip(NAMES, ranker.weights.round(3).tolist(), strict=True)),
        "methods": {
            name: measures_of(
                split,
                np.asarray(score, dtype=float),
                with_interval and name.startswith(("ranker", "degree (")),
            )
            for name, score in methods.items()
        },
        "sign": {
            "ranker": sign_measures(split, whole.plus, split.past.sign),
            "majority of the ends": sign_measures(split, majority_of_ends(split.past), split.past.sign),
        },
        "calibration": calibration_of(split, ranker, whole.score),
    }


def shuffled_pairs(pairs: Pairs, seed: int = 0) -> Pairs:
    """The same years and signed degrees, targets joined anew: nothing but popularity is left to learn."""
    from kg.engine.counts import SignedArcs
    from kg.engine.nulls import shuffle

    arcs = SignedArcs(
        pairs.n, pairs.source.astype(np.int32), pairs.target.astype(np.int32), pairs.sign.astype(np.int8)
    )
    drawn = shuffle(arcs, np.random.default_rng(seed))
    target = np.asarray(drawn.target, dtype=np.int64)
    _, first = np.unique(pairs.source * pairs.n + target, return_index=True)
    kept = np.sort(first)
    return Pairs(
        pairs.n, pairs.source[kept], target[kept], pairs.sign[kept], pairs.year[kept], pairs.belief[kept],
        pairs.kind, pairs.alike,
    )  # fmt: skip


def planted_pairs(seed: int = 0, n: int = 240, m: int = 3000) -> Pairs:
    """A graph with structure to find: groups of sources that share targets and signs."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 8, n)
    liking = rng.random((8, 8)) ** 6
    sign_of = np.where(rng.random((8, 8)) < 0.5, 1, -1)
    reports: list[Report] = []
    weight = liking[group][:, group]
    np.fill_diagonal(weight, 0)
    drawn = rng.choice(n * n, size=m, replace=False, p=(weight / weight.sum()).ravel())
    for i, cell in enumerate(drawn.tolist()):
        s, o = divmod(cell, n)
        reports.append((f"n{s:03}", int(sign_of[group[s], group[o]]), f"n{o:03}", i // 30, f"p{i}", 0.6))
    return pairs_of(reports)[1]


# Mechanisms ----------------------------------------------------------------------------------------

LONGEST = 7
MOST_PATHS = 3000
PATH_FEATURES = (
    "steps", "support of the steps", "weakest support", "support of the last step",
    "how usual the kinds of step are", "weakest kind of step", "popularity of the inner nodes",
    "records through the inner nodes", "records of the disease through the inner nodes",
    "categories as elsewhere", "same way from the target", "share of the way that others end with",
    "share of the way that others start with",
)  # fmt: skip


class Mechanisms:
    """Records of how a drug acts on a disease, as one graph whose every edge knows which drugs' records
    hold it.
    """

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.records = records
        self.category: dict[str, str] = {}
        self.drugs_of: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.key_of: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.out: dict[str, set[str]] = defaultdict(set)
        self.into: dict[str, set[str]] = defaultdict(set)
        own: dict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
        for r in records:
            drug = drug_of(r)
            for node in r["nodes"]:
                self.category[node["id"]] = node.get("label", "")
            for edge in {(link["source"], link["target"], link["key"]) for link in r["links"]}:
                self.drugs_of[edge[:2]][drug] += 1
                self.key_of[edge[:2]][edge[2]] += 1
                own[drug][edge] += 1
                self.out[edge[0]].add(edge[1])
                self.into[edge[1]].add(edge[0])
        # How often each kind of step stands in a drug's own records, to be taken off what all say.
        self.kinds_of: dict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
        for drug, edges in own.items():
            for (a, b, key), n in edges.items():
                self.kinds_of[drug][self.category[a], key, self.category[b]] += n

    def has(self, a: str, b: str, source: str, drug: str) -> bool:
        """Whether a step may be walked for a drug: it leaves the drug itself, or another drug's record has
        it.
        """
        return a == source or any(d != drug for d in self.drugs_of[a, b])

    def paths(self, source: str, target: str, drug: str) -> list[tuple[str, ...]]:
        """Simple paths of at most LONGEST steps, shortest first, at most MOST_PATHS; in a fixed order."""
        rest = {target: 0}
        edge = [target]
        for distance in range(1, LONGEST + 1):
            edge = sorted(
                {a for b in edge for a in self.into[b] if a not in rest and self.has(a, b, source, drug)}
            )
            rest |= dict.fromkeys(edge, distance)
        found: list[tuple[str, ...]] = []
        todo = [(source,)]
        for length in range(1, LONGEST + 1):
            following = []
            for path in todo:
                for node in sorted(self.out[path[-1]]):
                    if node in path or rest.get(node, 99) > LONGEST - length:
                        continue
                    if not self.has(path[-1], node, source, drug):
                        continue
                    if node == target:
                        found.append((*path, node))
                        if len(found) >= MOST_PATHS:
                            return found
                    else:
                        following.append((*path, node))
            todo = following[: 20 * MOST_PATHS]
        return found


def drug_of(record: dict[str, Any]) -> str:
    graph = record["graph"]
    return str(graph.get("drugbank") or graph.get("drug_mesh") or graph.get("drug"))


def ends_of(record: dict[str, Any]) -> tuple[str, str]:
    """Identifiers of the drug and of the disease: the nodes without arrows into and out of them, by
    category.
    """
    graph = record["graph"]
    nodes = {n["id"] for n in record["nodes"]}
    into = {link["target"] for link in record["links"]}
    out = {link["source"] for link in record["links"]}
    drug = next((graph[k] for k in ("drug_mesh", "drugbank") if graph.get(k) in nodes), None)
    disease = graph.get("disease_mesh") if graph.get("disease_mesh") in nodes else None
    starts = sorted(nodes - into)
    ends = sorted(nodes - out)
    return drug or (starts[0] if starts else ""), disease or (ends[0] if ends else "")


def read_mechanisms(path: str) -> list[dict[str, Any]]:
    """Records of a JSON-lines file in node-link form. Raises BadInput with the line."""
    found = []
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            for key in ("graph", "nodes", "links"):
                record[key]
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{path}:{number}: no record with graph, nodes and links ({error!r})") from None
        found.append(record)
    return found


def _curated_paths(record: dict[str, Any], source: str, target: str) -> set[tuple[str, ...]]:
    out: dict[str, set[str]] = defaultdict(set)
    for link in record["links"]:
        out[link["source"]].add(link["target"])
    found, todo = set(), [(source,)]
    while todo:
        path = todo.pop()
        for node in out[path[-1]]:
            if node == target:
                found.add((*path, node))
            elif node not in path and len(path) < 12:
                todo.append((*path, node))
    return found


def path_features(
    graph: Mechanisms,
    paths: list[tuple[str, ...]],
    drug: str,
    kinds: Counter[tuple[str, str, str]],
    from_kind: Counter[str],
    patterns: Counter[tuple[str, ...]],
    through: dict[str, Counter[str]],
    of_disease: dict[str, Counter[str]],
    parts: dict[tuple[str, ...], Counter[str]],
) -> Matrix:
    """What other drugs' records say of each path; the drug's own records are taken off every count."""
    own = graph.kinds_of[drug]
    own_from: Counter[str] = Counter()
    for (kind, _, _), n in own.items():
        own_from[kind] += n
    rows = []
    total_patterns = sum(patterns.values())
    for path in paths:
        edges = list(pairwise(path))
        # What leaves the drug is its own by nature and says nothing.
        support = [sum(n for d, n in graph.drugs_of[e].items() if d != drug) for e in edges[1:]] or [0]
        usual = []
        for a, b in edges:
            ka, kb = graph.category[a], graph.category[b]
            n = max(kinds[ka, key, kb] - own[ka, key, kb] for key in graph.key_of[a, b])
            usual.append(np.log((n + 0.5) / (from_kind[ka] - own_from[ka] + 5)))
        inner = path[1:-1]
        degree = [len(graph.out[x]) + len(graph.into[x]) for x in inner]
        seen = [sum(n for d, n in through[x].items() if d != drug) for x in inner]
        with_disease = [
            sum(n for d, n in of_disease[path[-1] + "\0" + x].items() if d != drug) for x in inner
        ]
        pattern = patterns[tuple(graph.category[x] for x in path)]
        others = [
            sum(n for d, n in parts[path[i:]].items() if d != drug) for i in range(1, len(path) - 1)
        ] or [0]
        ends = next((1 - i / len(path) for i, n in enumerate(others) if n), 0)
        starts = next(
            (j / len(path) for j in range(len(path) - 1, 2, -1) if any(d != drug for d in parts[path[1:j]])),
            0,
        )
        rows.append((
            len(edges), np.mean(np.log1p(support)), np.log1p(min(support)), np.log1p(support[-1]),
            np.mean(usual), min(usual),
            np.mean(np.log(degree)) if degree else 0, np.mean(np.log1p(seen)) if seen else 0,
            np.mean(np.log1p(with_disease)) if seen else 0, np.log((pattern + 0.5) / (total_patterns + 1)),
            np.log1p(others[0]), ends, starts,
        ))  # fmt: skip
    return np.array(rows, dtype=np.float32)


def mechanisms(records: list[dict[str, Any]], folds: int = 5) -> dict[str, Any]:
    """Ranks of the curated path among all paths between drug and disease, each drug left out in turn.

    Graph: for a record of a drug, the steps of all other drugs' records and those that leave the drug itself,
    its targets. Weights and every count are from other drugs alone too. A record whose curated path cannot
    be walked there counts as a failure.
    """
    graph = Mechanisms(records)
    kinds: Counter[tuple[str, str, str]] = Counter()
    from_kind: Counter[str] = Counter()
    patterns_of: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    through: dict[str, Counter[str]] = defaultdict(Counter)
    of_disease: dict[str, Counter[str]] = defaultdict(Counter)
    parts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for (a, b), keys in graph.key_of.items():
        for key, n in keys.items():
            kinds[graph.category[a], key, graph.category[b]] += n
            from_kind[graph.category[a]] += n
    tasks = []
    for r in records:
        source, target = ends_of(r)
        true = _curated_paths(r, source, target)
        drug = drug_of(r)
        for part in {
            path[i:j] for path in true for i in range(1, len(path)) for j in range(i + 2, len(path) + 1)
        }:
            parts[part][drug] += 1
        for path in true:
            patterns_of[drug][tuple(graph.category[x] for x in path)] += 1
        for node in {n["id"] for n in r["nodes"]}:
            through[node][drug] += 1
            of_disease[target + "\0" + node][drug] += 1
        tasks.append((drug, source, target, true))
    everything = sum(patterns_of.values(), Counter())
    laid_out = []
    for drug, source, target, true in tasks:
        paths = graph.paths(source, target, drug) if source and target else []
        label = np.array([p in true for p in paths], dtype=bool)
        if not label.any():
            laid_out.append((drug, None, label, len(paths)))
            continue
        patterns = everything - patterns_of[drug]
        rows = path_features(graph, paths, drug, kinds, from_kind, patterns, through, of_disease, parts)
        laid_out.append((drug, rows, label, len(paths)))
    drugs = sorted({drug for drug, *_ in laid_out})
    fold_of = {drug: i % folds for i, drug in enumerate(np.random.default_rng(0).permutation(drugs).tolist())}
    result: dict[str, list[float]] = defaultdict(list)
    names = ("ranker", "fewest steps", "degree-weighted path", "support of the steps", "random")
    weights = []
    for fold in range(folds):
        training = [x for x in laid_out if fold_of[x[0]] != fold and x[1] is not None and not x[2].all()]
        cut = round(0.85 * len(training))
        parts = [_path_choices(training[:cut]), _path_choices(training[cut:])]
        mean, scale = moments(parts)
        for part in parts:
            part.standardise(mean, scale)
        ridge, start = tried_ridges(parts[:1], parts[1])
        w = fit_choices(parts, ridge, start)
        weights.append(w)
        for drug, rows, label, _ in laid_out:
            if fold_of[drug] != fold:
                continue
            if rows is None:
                for name in names:
                    result[name].append(np.inf)
                continue
            noise = np.random.default_rng(len(rows)).random(len(rows))
            scores = {
                "ranker": ((rows - mean) / scale) @ w, "fewest steps": -rows[:, 0],
                "degree-weighted path": -rows[:, 6] * np.maximum(rows[:, 0] - 1, 0),
                "support of the steps": rows[:, 1],
                "random": noise,
            }  # fmt: skip
            for name, score in scores.items():
                result[name].append(_best_rank(score, label))
    n = len(laid_out)
    found = {}
    for name in names:
        rank = np.array(result[name])
        found[name] = {
            "mrr": float((1 / rank).mean()),
            "hits@1": float((rank <= 1).mean()), "hits@10": float((rank <= 10).mean()),
            "mrr_of_found": float((1 / rank[np.isfinite(rank)]).mean()),
        }  # fmt: skip
    order = [d for fold in range(folds) for d, *_ in laid_out if fold_of[d] == fold]
    rank = np.array(result["ranker"])
    found["ranker"]["mrr_interval"] = interval(order, lambda i: float((1 / rank[i]).mean()))
    return {
        "records": n,
        "coverage": float(np.mean([rows is not None for _, rows, *_ in laid_out])),
        "candidates_median": float(np.median([k for *_, k in laid_out])),
        "weights": dict(zip(PATH_FEATURES, np.mean(weights, axis=0).round(3).tolist(), strict=True)),
        "methods": found,
    }


def _path_choices(tasks: Iterable[Any]) -> Choices:
    """One choice for each curated path: it against the candidates that no curator chose."""
    rows, starts, chosen, at = [], [], [], 0
    for _, block, label, _ in tasks:
        for true in np.flatnonzero(label)[:3]:
            kept = ~label
            kept[true] = True
            rows.append(block[kept])
            starts.append(at)
            chosen.append(at + int(kept[:true].sum()))
            at += int(kept.sum())
    return Choices(np.concatenate(rows), np.array(starts), np.array(chosen))


def _best_rank(score: Matrix, label: np.ndarray) -> float:
    """Filtered rank of the best curated path, ties as their average."""
    false = score[~label]
    best = np.nanmax(np.where(np.isnan(score), -np.inf, score)[label])
    return float((false > best).sum() + ((false == best).sum() + 2) / 2)


# Printing ------------------------------------------------------------------------------------------


def table(result: dict[str, Any]) -> str:
    columns = (
        "mrr",
        "mrr_all",
        "hits@10",
        "auroc_matched",
        "ap_matched",
        "auroc_same_degree",
        "auroc_uniform",
    )
    cuts = result["cuts"]
    out = [f"{'mean over cuts':32}" + "".join(f"{c:>15}" for c in columns)]
    for name in cuts[0]["methods"]:
        means = [np.mean([c["methods"][name][column] for c in cuts]) for column in columns]
        out.append(f"{name:32}" + "".join(f"{m:15.3f}" for m in means))
    for c in cuts:
        r = c["methods"]["ranker"]
        signs = c["sign"]["ranker"]
        out.append(
            f"cut {c['share']:.0%} (up to {c['cut']}): {c['n_past']} past, {c['n_test']} later pairs, "
            f"{c['coverage']:.0%} "
            f"between known ends; MRR {r['mrr']:.3f} {_between(r['mrr_interval'])}, matched AUROC "
            f"{r['auroc_matched']:.3f} "
            f"{_between(r['auroc_matched_interval'])}; sign {signs['balanced_accuracy']:.2f} "
            f"{_between(signs['interval'])} "
            f"(ends alone {c['sign']['majority of the ends']['balanced_accuracy']:.2f}); ECE "
            f"{c['calibration']['ece']:.4f}, "
            f"on matched samples {c['calibration']['sample_matched']['ece']:.3f}"
        )
    for name, control in result.get("controls", {}).items():
        out.append(f"{name}: AUROC {control:.3f} against pairs of the same degrees")
    return "\n".join(out)


def _between(ends: tuple[float, float]) -> str:
    return f"[{ends[0]:.3f}, {ends[1]:.3f}]"


def path_table(result: dict[str, Any]) -> str:
    out = [
        f"{result['records']} records, {result['coverage']:.1%} with their curated path among the candidates"
    ]
    for name, m in result["methods"].items():
        out.append(f"{name:24} MRR {m['mrr']:.3f}  hits@1 {m['hits@1']:.3f}  hits@10 {m['hits@10']:.3f}")
    return "\n".join(out)


def run_pairs(pairs: Pairs, controls: bool) -> dict[str, Any]:
    """All cuts and both controls."""
    cuts = []
    for share in SHARES:
        print(f"cut at {share:.0%} …", file=sys.stderr)
        cuts.append(evaluate(pairs, share))
    result: dict[str, Any] = {"n": pairs.n, "n_pairs": len(pairs), "cuts": cuts}
    if controls:
        print("controls …", file=sys.stderr)
        shuffled = [_control(shuffled_pairs(pairs, seed)) for seed in range(3)]
        result["controls"] = {
            "negative control (shuffled, should be 0.50 ± 0.02)": float(np.mean(shuffled)),
            "positive control (planted groups)": _control(planted_pairs()),
        }
    return result


def _control(pairs: Pairs) -> float:
    split = Split.at(pairs, 0.8)
    score = Ranker.fit(split.past).scores(Features(split.past), np.arange(pairs.n)).score
    rows = np.flatnonzero(split.is_open)
    true = score[split.test.source[rows], split.test.target[rows]]
    areas = [area_under_curve(true, score[same_degree_negatives(split, seed)]) for seed in range(SEEDS)]
    return float(np.mean(areas))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--edges", metavar="FILE", help="a table: subject, sign, object, year, source")
    parser.add_argument("--mechanisms", metavar="FILE", help="records in the shape of DrugMechDB, one a line")
    parser.add_argument("--no-controls", action="store_true", help="leave out the two controls")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    given = parser.parse_args()
    try:
        result: dict[str, Any] = {}
        if given.mechanisms:
            result = mechanisms(read_mechanisms(given.mechanisms))
        if given.edges or not given.mechanisms:
            _, pairs = read_edges(given.edges) if given.edges else own_pairs()
            result |= run_pairs(pairs, not given.no_controls)
    except BadInput as error:
        print(f"holdout: {error}", file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps(result, indent=1))
    else:
        if "records" in result:
            print(path_table(result))
        if "cuts" in result:
            print(table(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
