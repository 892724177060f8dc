"use strict";
(function (kg) {
  const {h} = kg;
  const KINDS = ["missing mediator", "mechanism transfer", "missing mechanism", "stronger product", "substitution", "rung gap", "conflict", "drug interaction", "harm"];
  kg.views.hypotheses = async function ({query}) {
    const kind = query.get("kind") || "";
    const form = h("form", {class: "ask row", onsubmit: (event) => { event.preventDefault(); location.hash = kg.href("hypotheses", "", kg.filled(form, [])); }},
      kg.field("source", "agent", "text", query.get("source") || ""), kg.field("target", "on", "text", query.get("target") || ""),
      kg.field("disease", "in disease", "text", query.get("disease") || ""),
      kg.field("kind", "kind", "select", kind, [["", "all kinds"], ...KINDS.map((k) => [k, k])]),
      kg.field("limit", "most", "number", query.get("limit") || "20", {min: 1, max: 200}), h("button", {class: "main"}, "Show"));
    const found = await kg.api("hypotheses", query);
    const paths = (title, list) => list.length ? h("details", {}, h("summary", {}, `${title} (${list.length})`), h("ul", {}, list.slice(0, 8).map((p) => h("li", {}, p.sentence)))) : null;
    const chance = (x) => x.probability === null ? [] : [
      h("span", {}, `chance to be reported within ${x.years} years ${(100 * x.probability).toFixed(1)} %, ${(x.probability / x.base_rate).toFixed(0)} times that of any open pair`),
      h("span", {}, `rank ${x.rank} of its kind, by popularity alone ${x.degree_rank}`)];
    const card = (x) => h("li", {}, h("p", {class: "chain"}, h("strong", {}, x.claim.charAt(0).toUpperCase() + x.claim.slice(1)), " ", h("span", {class: "badge"}, x.kind)),
      h("p", {}, x.reason),
      h("p", {class: "facts"}, h("span", {}, `score ${x.score.toFixed(3)}`), h("span", {}, `${Math.round(100 * x.vote)} % of the support for this sign`), chance(x),
        x.p_value === null ? null : h("span", {}, `p ${x.p_value.toPrecision(2)} against shuffled graphs`), x.contexts.length ? h("span", {}, `should hold in ${x.contexts.join(", ")}`) : null),
      h("p", {}, h("strong", {}, "Test: "), x.test), h("p", {}, h("strong", {}, "Refuted if "), x.refuted_by, "."),
      paths("For it", x.supporting), paths("Against it", x.dissenting),
      x.known_nearby.length ? h("details", {}, h("summary", {}, `Known nearby (${x.known_nearby.length})`), h("ul", {}, x.known_nearby.map((s) => h("li", {}, h("a", {href: kg.href("statement", s.statement_id)}, s.statement), ` (${s.papers.slice(0, 3).join(", ")})`)))) : null,
      x.stakes.length ? h("details", {}, h("summary", {}, "What the experiment would teach"), h("ul", {}, x.stakes.map((s) => h("li", {}, h("a", {href: kg.href("statement", s.statement_id)}, s.statement), `: belief ${s.belief.toFixed(2)} becomes ${s.if_confirmed.toFixed(2)} if confirmed, ${s.if_refuted.toFixed(2)} if refuted`)))) : null,
      x.merged.length ? h("p", {class: "note"}, `Same idea: ${x.merged.slice(0, 8).join(", ")}`) : null);
    return [kg.title("Hypotheses", "Effects that nobody here has tested, but that tested steps suggest. They are no findings. Each says why it is made, what speaks against it, and which experiment would refute it."), form,
      found.length ? h("ol", {class: "paths"}, found.map(card)) : h("p", {class: "note"}, "No hypothesis between these. Ask for all kinds, or leave an end open.")];
  };
})(window.kg);
