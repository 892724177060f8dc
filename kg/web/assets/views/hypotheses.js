"use strict";
(function (kg) {
  const {h} = kg;
  kg.views.hypotheses = async function ({query}) {
    const form = h("form", {class: "ask row", onsubmit: (event) => { event.preventDefault(); location.hash = kg.href("hypotheses", "", kg.filled(form, [])); }},
      kg.field("source", "from", "text", query.get("source") || ""), kg.field("target", "to", "text", query.get("target") || ""), kg.field("limit", "most", "number", query.get("limit") || "20", {min: 1, max: 200}), h("button", {class: "main"}, "Show"));
    const found = await kg.api("hypotheses", query);
    const paths = (title, list) => list.length ? h("details", {}, h("summary", {}, `${title} (${list.length})`), h("ul", {}, list.slice(0, 8).map((p) => h("li", {}, p.sentence)))) : null;
    return [kg.title("Hypotheses", "Effects that nobody here has tested, but that chains of tested steps suggest. They are no findings. Each says what speaks against it and what would refute it."), form,
      found.length ? h("ol", {class: "paths"}, found.map((x) => h("li", {}, h("p", {class: "chain"}, kg.entity(x.source), " ", kg.sign(x.sign), " ", kg.entity(x.target)),
        h("p", {class: "facts"}, h("span", {}, `score ${x.score.toFixed(3)}`), h("span", {}, `support ${x.support.toFixed(2)}`), h("span", {}, `dissent ${x.dissent.toFixed(2)}`), h("span", {}, kg.plural(x.n_paths, "path"))),
        h("p", {}, h("strong", {}, "Test: "), x.test), paths("For it", x.supporting), paths("Against it", x.dissenting), h("p", {}, h("a", {href: kg.href("paths", "", {source: x.source, target: x.target, max_length: 3})}, "its paths"))))) : h("p", {class: "note"}, "No hypothesis between these.")];
  };
})(window.kg);
