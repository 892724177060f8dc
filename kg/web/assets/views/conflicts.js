"use strict";
(function (kg) {
  const {h} = kg;

  kg.views.conflicts = async function ({query}) {
    const found = await kg.api("conflicts", query);
    const form = h("form", {class: "ask row", onsubmit: (event) => { event.preventDefault(); location.hash = kg.href("conflicts", "", kg.filled(form, [])); }},
      kg.field("entity", "that touch", "text", query.get("entity")), kg.field("axis", "separated by", "select", query.get("axis"), ["", "species", "disease", "phase", "source", "product", "dose", "route", "model", "readout"].filter((a) => a !== "readout")),
      kg.field("unexplained", "only where no context explains it", "check", query.get("unexplained")), h("button", {}, "Show"));
    return [kg.title("Conflicts", `${kg.plural(found.length, "place")} where findings disagree: opposite effects, or an effect and its absence. Most evidence first.`), form,
      found.length ? kg.table("Conflicts", [
        ["between", (c) => kg.link(`${c.subject} → ${c.object}`, "conflict", c.id), (c) => c.subject], ["one side", (c) => `${c.one.says} (${kg.plural(c.one.papers.length, "paper")}, belief ${c.one.belief.toFixed(2)})`, (c) => c.one.papers.length],
        ["other side", (c) => `${c.other.says} (${kg.plural(c.other.papers.length, "paper")}, belief ${c.other.belief.toFixed(2)})`, (c) => c.other.papers.length], ["explained by", (c) => c.adjudication.axes.join(", ") || "nothing reported"]], found) : h("p", {class: "note"}, "No conflict keeps these conditions.")];
  };

  kg.views.conflict = async function ({key}) {
    const c = await kg.api("conflict/" + key);
    const side = (x, says) => h("section", {class: "side"}, h("h2", {}, `${c.subject} ${x.says} ${c.object}`.replace(`${c.subject} ${c.subject}`, c.subject)), h("p", {}, `belief ${x.belief.toFixed(2)}${x.first_year ? `, first in ${x.first_year}` : ""}`), kg.lines(x.evidence));
    return [kg.title(`${c.subject} and ${c.object}`, c.words),
      h("p", {}, h("strong", {}, "Explained by: "), c.explained, ". ", c.adjudication.reason && c.adjudication.reason !== "unexplained" ? ` ${c.adjudication.reason}` : "", c.adjudication.note ? ` ${c.adjudication.note}` : ""),
      Object.keys(c.axes).length ? h("table", {}, h("caption", {}, "Contexts of the two sides"), h("thead", {}, h("tr", {}, h("td", {}), h("th", {scope: "col"}, c.one.says), h("th", {scope: "col"}, c.other.says))),
        h("tbody", {}, Object.entries(c.axes).map(([axis, [a, b]]) => h("tr", {}, h("th", {scope: "row"}, axis), h("td", {}, a.join(", ")), h("td", {}, b.join(", ")))))) : null,
      h("div", {class: "sides"}, side(c.one), side(c.other)),
      c.shared_groups.length ? h("p", {}, `On both sides: ${c.shared_groups.map((g) => g.replace(/^group:/, "")).join(", ")}`) : null,
      h("p", {}, h("strong", {}, "Would settle it: "), c.experiment),
      h("p", {class: "tools"}, c.statements.map((id) => h("a", {class: "button", href: kg.href("statement", id)}, "statement " + id)))];
  };
})(window.kg);
