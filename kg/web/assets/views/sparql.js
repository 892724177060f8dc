"use strict";
(function (kg) {
  const {h} = kg;
  const load = (tag, attributes) => new Promise((done, failed) => { const node = h(tag, {...attributes, onload: done, onerror: () => failed(new Error("The query editor could not be loaded."))}); document.head.append(node); });
  kg.views.sparql = async function ({query}) {
    const queries = await kg.api("queries");
    const box = h("div", {id: "yasgui"});
    const given = query.get("query");
    const about = "Ask the graph in SPARQL 1.1. Prefixes are declared already. Without GRAPH, a query sees the ontology, the assertions and what follows from them; evidence lines are in GRAPH graph:evidence.";
    const list = h("details", {open: !given}, h("summary", {}, `Examples (${queries.length})`), h("ul", {class: "questions"}, queries.map((q) => h("li", {}, kg.link(q.question, "sparql", "", {query: q.query})))));
    if (kg.isLocal) return local(queries, given, about, list);
    document.getElementById("main").addEventListener("shown", async () => {
      if (!window.Yasgui) await Promise.all([load("link", {rel: "stylesheet", href: "vendor/yasgui/yasgui.min.css"}), load("script", {src: "vendor/yasgui/yasgui.min.js"})]);
      const address = new URL("sparql", document.baseURI).href;
      const yasgui = new Yasgui(box, {requestConfig: {endpoint: address, method: "POST"}, copyEndpointOnNewTab: true, endpointCatalogueOptions: {getData: () => []}, populateFromUrl: false, persistenceId: given ? null : "msc-kg"});
      const first = given || (queries[0] && queries[0].query);
      const tab = yasgui.getTab();
      if (tab && first && (given || tab.getQuery().includes("?sub ?pred ?obj"))) tab.setQuery(first);
      const name = () => {
        for (const node of box.querySelectorAll("textarea:not([aria-label]), input:not([aria-label])")) node.setAttribute("aria-label", node.className.includes("autocomplete") ? "Endpoint" : "SPARQL query");
        for (const node of box.querySelectorAll("[role=tablist]")) node.removeAttribute("role");
      };
      name();
      new MutationObserver(name).observe(box, {childList: true, subtree: true});
    }, {once: true});
    return [kg.title("SPARQL", about), list, box];
  };

  // Without a server: a plain field, answered in the page.
  function local(queries, given, about, list) {
    const out = h("div", {"aria-live": "polite"});
    const form = h("form", {class: "ask", onsubmit: async (event) => {
      event.preventDefault();
      out.replaceChildren(h("p", {}, "Asking … the first query loads the store."));
      try {
        const found = await kg.query(form.elements.sparql.value);
        out.replaceChildren(...[kg.table(kg.plural(found.rows.length, "row"), found.columns.map((c, i) => [c, (r) => r[i] ?? "", (r) => r[i] ?? ""]), found.rows)].flat());
      } catch (error) { out.replaceChildren(kg.failed(error)); }
    }}, h("label", {for: "f-sparql"}, "Query"), h("textarea", {id: "f-sparql", name: "sparql", rows: 14, spellcheck: "false"}, given || (queries[0] && queries[0].query) || ""), h("p", {}, h("button", {class: "main"}, "Ask")));
    return [kg.title("SPARQL", about), list, form, out];
  }
})(window.kg);
