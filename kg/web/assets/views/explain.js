"use strict";
(function (kg) {
  const {h} = kg;
  kg.views.explain = async function ({query}) {
    const rows = query.get("rows");
    const form = h("form", {class: "ask", onsubmit: (event) => { event.preventDefault(); location.hash = kg.href("explain", "", {rows: form.elements.rows.value.trim()}); }},
      h("label", {for: "f-rows"}, "One line each: a gene or cytokine, then up, down, or a number (a log fold change)"), h("textarea", {id: "f-rows", name: "rows", rows: 8}, rows || "IL-10 up\nTNF down\nIL-6 down\nTGF-beta1 down"), h("p", {}, h("button", {class: "main"}, "Explain")));
    const about = "Which causes in the graph, raised or lowered, would change your molecules the way you measured? The list stays in this page's address; nothing is stored.";
    if (!rows) return [kg.title("Explain my data", about), form];
    let x;
    try { x = await kg.api("explain", {rows}); } catch (error) { return [kg.title("Explain my data", about), form, kg.failed(error)]; }
    return [kg.title("Explain my data", `${kg.plural(x.measured.length, "measurement")} known here${x.missing.length + x.skipped.length ? `, not known: ${[...new Set([...x.missing, ...x.skipped].map(String))].join(", ")}` : ""}. ${x.n_tested} causes were tested; p is by chance alone, q corrects for many tests.`), form,
      x.mechanisms.length ? kg.table("Causes", [
        ["cause", (m) => [kg.entity(m.cause), " ", kg.sign(m.sign)], (m) => m.cause], ["explains", (m) => m.n_correct, (m) => m.n_correct], ["contradicted by", (m) => m.n_incorrect, (m) => m.n_incorrect], ["p", (m) => m.p.toPrecision(2), (m) => -m.p], ["q", (m) => m.q.toPrecision(2), (m) => -m.q],
        ["how", (m) => h("details", {}, h("summary", {}, "paths"), h("ul", {}, m.effects.map((e) => h("li", {}, `${e.entity} measured ${e.measured}, predicted ${e.predicted}: ${e.outcome}. `, h("small", {}, e.paths.map((p) => p.sentence).join(" "))))))]], x.mechanisms) : h("p", {class: "note"}, "No cause reaches these molecules.")];
  };
})(window.kg);
