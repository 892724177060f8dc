"use strict";
(function (kg) {
  const {h} = kg;
  const term = (t) => h("li", {}, kg.link(t.label || t.name, "ontology", t.id || t.name), h("small", {}, ` ${t.kind}${t.n ? `, ${t.n} below` : ""}`));
  kg.views.ontology = async function ({key}) {
    if (!key) {
      const {roots} = await kg.api("ontology");
      const search = h("form", {class: "ask row", onsubmit: (event) => { event.preventDefault(); location.hash = kg.href("search", "", {q: search.elements.term.value}); }}, kg.field("term", "Find a class", "text", ""), h("button", {}, "Search"));
      return [kg.title("Ontology", "The classes behind the graph, from the top: cells, molecules, processes, diseases, and what the reasoner puts under them."), search, h("ul", {class: "tree"}, roots.map(term))];
    }
    const t = await kg.api("ontology/" + key);
    return [kg.title(t.label || t.name, `${t.id}, ${t.kind}.`),
      t.definition ? h("p", {}, t.definition) : null, t.axiom ? h("p", {}, h("strong", {}, "Defined as: "), t.axiom) : null,
      t.kind === "entity" ? h("p", {}, kg.link("Its statements", "entity", t.name)) : null,
      h("section", {}, h("h2", {}, "Above it"), t.above.length ? h("ul", {class: "tree"}, t.above.map(term)) : h("p", {}, kg.link("the top", "ontology"))),
      t.next.length ? h("section", {}, h("h2", {}, `Below it (${t.next.length})`), h("ul", {class: "tree"}, t.next.map(term))) : null,
      t.members.length ? h("section", {}, h("h2", {}, `Members (${t.members.length})`), h("p", {}, kg.list(t.members.map(kg.entity)))) : null,
      h("dl", {}, t.synonyms.length ? [h("dt", {}, "synonyms"), h("dd", {}, t.synonyms.join(", "))] : null, t.mappings.length ? [h("dt", {}, "maps to"), h("dd", {}, t.mappings.map((m) => `${m.id} (${m.match})`).join(", "))] : null,
        h("dt", {}, "source"), h("dd", {}, [t.version, t.licence, ...t.sources].filter(Boolean).join(", ") || "this project"),
        h("dt", {}, "evidence"), h("dd", {}, `${kg.plural(t.evidence_below.n_statements, "statement")}, ${kg.plural(t.evidence_below.n_papers, "paper")} about it and what is below it`)),
      kg.twin ? h("p", {class: "tools"}, h("a", {class: "button", href: kg.twin("ontology/" + key)}, "JSON")) : null];
  };
})(window.kg);
