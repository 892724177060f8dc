"use strict";
(function (kg) {
  const {h} = kg;

  kg.views.statement = async function ({key}) {
    const s = await kg.api("statement/" + key);
    const weigh = (title, sources) => sources.length ? kg.table(title, [
      ["source", (x) => x.source], ["papers", (x) => kg.list(x.papers.map(kg.paper))], ["wrong by the system", (x) => x.systematic.toFixed(2)], ["wrong by chance", (x) => x.random.map((r) => r.toFixed(2)).join(" × ")],
      ["wrong in all", (x) => x.wrong.toFixed(2), (x) => x.wrong], ["relevance", (x) => x.relevance.toFixed(2), (x) => x.relevance]], sources) : null;
    return [
      kg.title(`${s.subject} ${s.mark === "0" ? "no effect on" : s.predicate} ${s.object}`, `${s.mark === "0" ? "It was looked for, and only found absent." : `More ${s.subject}, ${s.sign === "+" ? "more" : s.sign === "-" ? "less" : "changed"} ${s.object}.`} ${kg.plural(s.papers.length, "paper")}; best shown in: ${s.level || "not stated"}.`),
      h("p", {}, kg.entity(s.subject), " ", kg.sign(s.mark), " ", kg.entity(s.object), "   ", s.mark === "0" ? null : ["belief ", kg.belief(s.belief, s.belief_range)]),
      h("table", {}, h("caption", {}, "Independent sources"), h("thead", {}, h("tr", {}, ["shown in", "for", "no effect", "against"].map((t) => h("th", {scope: "col"}, t)))),
        h("tbody", {}, Object.entries(s.balance).map(([level, n]) => h("tr", {}, h("th", {scope: "row"}, level), h("td", {}, n.for), h("td", {}, n["no effect"]), h("td", {}, n.against))))),
      s.opposite.length ? h("section", {class: "note"}, h("h2", {}, "The reverse is shown too"), h("ul", {}, s.opposite.map((o) => h("li", {}, kg.statementLink(o), ` (${kg.plural(o.papers.length, "paper")}, belief ${o.belief.toFixed(2)}${o.papers.some((x) => s.papers.includes(x)) ? "; one paper shows both, in different experiments" : ""})`))), h("p", {class: "hint"}, "Belief in each counts only what was found about it; neither counts against the other.")) : null,
      h("section", {}, h("h2", {}, `Evidence (${kg.plural(s.lines.length, "line")})`), kg.lines(s.lines)),
      h("details", {}, h("summary", {}, "How belief comes about"), h("p", {}, "Each independent source (a research group) may be wrong by its system, which repeating does not cure, or by chance, which it does. Sources for it are joined; what is against it takes away its share of all the weight. It ranks statements and is no probability."),
        weigh("For it", s.sources_for), weigh("Against it, or no effect", s.sources_against), h("p", {}, `Without its strongest source: ${s.belief_without_strongest.toFixed(2)}.`)),
      kg.conflictList("Conflicts", s.conflicts),
      h("p", {class: "tools"}, kg.twin ? h("a", {class: "button", href: kg.twin("statement/" + s.statement_id)}, "JSON") : null, h("span", {class: "hint"}, `statement ${s.statement_id}`))];
  };

  kg.views.paper = async function ({key}) {
    const p = await kg.api("paper/" + key);
    const groups = new Map();
    for (const e of p.lines) groups.set(e.experiment, [...(groups.get(e.experiment) || []), e]);
    const cite = `${p.title} ${p.journal || ""} ${p.year}. ${p.doi ? "https://doi.org/" + p.doi : p.url}`;
    return [
      kg.title(p.title, `${p.journal || ""} ${p.year}. ${p.kind}; ${kg.plural(p.lines.length, "line")} in ${kg.plural(groups.size, "experiment")}.`),
      p.status ? h("p", {class: "note", role: "alert"}, `${p.status}: ${p.notice || ""} Its lines count for nothing.`) : null,
      h("dl", {}, fact("identifiers", [p.pmid ? "PMID:" + p.pmid : null, p.doi ? "doi:" + p.doi : null].filter(Boolean).join(" · ")), fact("source", p.url ? h("a", {href: p.url, rel: "noreferrer noopener", target: "_blank"}, p.url) : ""), fact("group", p.group),
        fact("trial", p.trial ? Object.entries(p.trial).map(([k, v]) => `${k.replace(/_/g, " ")}: ${v}`).join(", ") : ""), fact("read", `${p.read}, ${p.curation}`), fact("second reading", p.second_reading ? `${p.second_reading}; ${p.dropped} claims dropped` : "none")),
      h("p", {class: "tools"}, h("button", {type: "button", onclick: () => kg.copy(cite)}, "Copy citation"), kg.twin ? h("a", {class: "button", href: kg.twin("paper/" + p.id)}, "JSON") : null),
      [...groups].map(([name, lines]) => h("section", {}, h("h2", {}, name), lines.map((e) => h("div", {}, h("h3", {}, kg.entity(e.subject), " ", e.statement_id ? h("a", {class: "verb", href: kg.href("statement", e.statement_id)}, e.direction === "supports" ? e.predicate : e.direction === "no effect" ? "no effect on" : "does not " + e.predicate) : e.predicate, " ", kg.entity(e.object)), kg.line({...e, paper: {id: p.id, title: "", url: ""}}, {bare: true})))))];
  };
  const fact = (name, value) => (value ? [h("dt", {}, name), h("dd", {}, value)] : null);
})(window.kg);
