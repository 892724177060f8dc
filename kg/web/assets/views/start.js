"use strict";
(function (kg) {
  const {h} = kg;

  kg.views.start = async function () {
    const start = await kg.start, {grid} = start;
    const total = (cell) => Object.values(cell || {}).reduce((a, b) => a + b, 0);
    const mechanisms = Object.keys(grid.mechanisms), diseases = Object.keys(grid.diseases);
    const most = Math.max(...diseases.flatMap((d) => mechanisms.map((m) => total(grid.cells[d] && grid.cells[d][m]))));
    const shade = (n) => n ? 1 + Math.min(4, Math.floor(Math.log2(n) / Math.log2(most) * 5)) : 0;
    return [
      kg.title("How mesenchymal stromal cells act in lung disease",
        `Every step is a statement with its papers, the experiment behind each, and whether it was shown in people, animals or culture. ${kg.plural(start.counts.papers, "paper")}, ${kg.plural(start.counts.statements, "statement")}, ${kg.plural(start.counts["no effect"], "finding")} of no effect. Abstracts were read, and read again, by software.`),
      h("section", {class: "two"},
        h("div", {}, h("h2", {}, "Ask how"), kg.pathForm({source: "MSC", target: "fibrosis", via: "Treg", sign: "-"}, start, true)),
        h("div", {}, h("h2", {}, "Questions to start from"), h("ul", {class: "questions"}, start.questions.map((q) => h("li", {}, h("a", {href: "#/" + q.view}, q.text)))))),
      h("section", {}, h("h2", {}, "What has been looked at"),
        h("p", {class: "about"}, "Evidence lines by disease and mechanism; the letter says in whom at best: H at least one line from people, A animals, C culture only. An empty cell was found in no paper here; that is no evidence of absence. BPD is bronchopulmonary dysplasia. A cell opens its statements."),
        h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Coverage"}, h("table", {class: "grid"}, h("caption", {class: "hidden"}, "Evidence lines by mechanism and disease"),
          h("thead", {}, h("tr", {}, h("td", {}), diseases.map((d) => h("th", {scope: "col"}, d)))),
          h("tbody", {}, mechanisms.map((m) => h("tr", {}, h("th", {scope: "row"}, m), diseases.map((d) => {
            const cell = (grid.cells[d] || {})[m], n = total(cell);
            const best = cell && (cell.human ? "H" : cell.animal ? "A" : "C");
            return h("td", {class: "s" + shade(n)}, n ? h("a", {href: kg.href("cell", "", {disease: d, mechanism: m}), "aria-label": `${n} ${best}: ${m} in ${d}`}, n, h("small", {}, " " + best)) : h("span", {class: "empty", title: "nothing found"}, "·"));
          }))))))),
    ];
  };

  kg.views.cell = async function ({query}) {
    const cell = await kg.api("cell", query);
    return [kg.title(`${cell.mechanism} in ${cell.disease}`, `${kg.plural(cell.n_lines, "evidence line")} behind ${kg.plural(cell.statements.length, "statement")}, those with most papers first.`),
      kg.statements(`${cell.mechanism} in ${cell.disease}`, cell.statements)];
  };

  const pairs = (names) => names.slice(0, 3).flatMap((a, i) => names.slice(i + 1, 4).map((b) => [a, b]));

  kg.views.search = async function ({query}) {
    const text = query.get("q") || "";
    const found = await kg.api("search", {q: text});
    if (found.question) { location.replace(kg.href("paths", "", {...found.question, asked: text})); return null; }
    const only = found.entities.filter((e) => e.kind === "entity");
    if (only.length === 1 && found.n_entities === 1 && !found.n_papers) { location.replace(kg.href("entity", only[0].name)); return null; }
    if (!found.n_entities && found.papers.length === 1) { location.replace(kg.href("paper", found.papers[0].id)); return null; }
    return [kg.title(`Search: ${text}`, found.n_entities || found.n_papers ? `${kg.plural(found.n_entities, "name")} and ${kg.plural(found.n_papers, "paper")} hold it.` : "No name or paper matches. Ask for an entity, a paper (PMID or DOI), or a question such as “how do MSCs reduce fibrosis through Treg”."),
      found.understood && found.understood.length ? h("section", {}, h("h2", {}, "Recognised in it"), h("ul", {class: "questions"}, found.understood.map((n) => h("li", {}, kg.entity(n))),
        pairs(found.understood).map(([a, b]) => h("li", {}, kg.link(`How does ${a} act on ${b}?`, "paths", "", {source: a, target: b}))), /trial|patient|people|safe|harm/i.test(text) ? [h("li", {}, h("a", {href: "#/trials"}, "All trials in people")), h("li", {}, h("a", {href: "#/trials?safety=1"}, "What trials say of safety"))] : null)) : null,
      found.near.length ? h("p", {}, "Nearest: ", kg.list(found.near.map((name) => kg.link(name, "ontology", name)))) : null,
      found.entities.length ? kg.table("Names", [
        ["name", (e) => e.kind === "entity" ? kg.entity(e.name) : kg.link(e.name, "ontology", e.id)], ["is", (e) => e.category || e.kind], ["id", (e) => e.id],
        ["statements", (e) => e.n_statements || "", (e) => e.n_statements], ["also", (e) => e.aliases.split("|").slice(0, 5).join(", ")]], found.entities) : null,
      found.papers.length ? kg.table("Papers", [["paper", (p) => kg.paper(p.id)], ["title", (p) => p.title], ["year", (p) => p.year, (p) => p.year], ["kind", (p) => p.kind]], found.papers) : null];
  };
})(window.kg);
