"use strict";
// A field for SPARQL with examples; names in the answer lead to their views.
(function (kg) {
  const {h} = kg;
  kg.views.sparql = async function ({query}) {
    const [queries, start] = await Promise.all([kg.api("queries"), kg.start]), given = query.get("query"), names = new Set(start.entities);
    const about = "Ask the graph in SPARQL 1.1. Prefixes are declared already. Without GRAPH, a query sees the ontology, the assertions and what follows from them; evidence lines are in GRAPH graph:evidence.";
    const list = h("details", {open: !given}, h("summary", {}, `Examples (${queries.length})`), h("ul", {class: "questions"}, queries.map((q) => h("li", {}, kg.link(q.question, "sparql", "", {query: q.query})))));
    const cell = (value) => (value === null || value === undefined ? "" : names.has(value) ? kg.entity(value) : /^(PMID|doi):/.test(value) ? kg.paper(value) : value);
    const out = h("div", {"aria-live": "polite"});
    const ask = async () => {
      out.replaceChildren(h("p", {}, kg.isLocal ? "Asking … the first query loads the store." : "Asking …"));
      try {
        const found = await kg.query(form.elements.sparql.value);
        if (found.text !== undefined) { out.replaceChildren(h("pre", {tabindex: "0"}, found.text)); return; }
        const rows = kg.plural(found.rows.length, "row") + (found.isCut ? ", cut at the limit" : "");
        const tsv = () => [found.columns, ...found.rows].map((r) => r.map((c) => { const t = String(c ?? "").replace(/\s+/g, " "); return /^[=@]/.test(t) ? "'" + t : t; }).join("\t")).join("\n") + "\n";
        out.replaceChildren(...[found.note ? h("p", {class: "note"}, found.note) : null,
          kg.table(rows, found.columns.map((c, i) => [c, (r) => cell(r[i]), (r) => r[i] ?? ""]), found.rows),
          h("p", {class: "tools"}, h("button", {type: "button", onclick: () => kg.download("msc-kg-rows.tsv", "text/tab-separated-values", tsv())}, "Table"))].flat().filter(Boolean));
      } catch (error) { out.replaceChildren(kg.failed(error)); }
    };
    const form = h("form", {class: "ask", onsubmit: (event) => { event.preventDefault(); ask(); }},
      h("label", {for: "f-sparql"}, "Query"), h("textarea", {id: "f-sparql", name: "sparql", rows: 14, spellcheck: "false"}, given || (queries[0] && queries[0].query) || ""), h("p", {}, h("button", {class: "main"}, "Run")));
    if (given) ask();
    return [kg.title("SPARQL", about), list, form, out];
  };
})(window.kg);
