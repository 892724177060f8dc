"use strict";
(function (kg) {
  const {h} = kg;
  kg.views.compare = async function ({query}) {
    const start = await kg.start, one = query.get("one"), other = query.get("other");
    const form = h("form", {class: "ask row", onsubmit: (event) => { event.preventDefault(); location.hash = kg.href("compare", "", kg.filled(form, [])); }},
      kg.field("one", "One side", "text", one || "MSC"), kg.field("other", "the other", "text", other || "corticosteroid"), kg.field("disease", "in disease", "select", query.get("disease"), ["", ...start.choices.disease]), kg.field("species", "species", "select", query.get("species"), ["", ...start.choices.species]), h("button", {class: "main"}, "Compare"));
    const about = "Two agents, diseases, products (cells, vesicles …), tissues or routes side by side: what each was seen to raise, lower or leave alone.";
    if (!one || !other) return [kg.title("Compare", about), form,
      h("ul", {class: "questions"}, [["MSC", "corticosteroid"], ["cells", "vesicles"], ["bone marrow MSC", "adipose MSC"], ["ARDS", "IPF"], ["MSC", "pirfenidone"]].map(([a, b]) => h("li", {}, kg.link(`${a} and ${b}`, "compare", "", {one: a, other: b}))))];
    const rows = await kg.api("compare", query);
    const counts = (v) => rows.filter((r) => r.verdict === v).length;
    const verdict = (v) => (v === "only one" ? `found for ${one} only` : v === "only other" ? `found for ${other} only` : v);
    const words = {raises: "+", lowers: "-", "both ways": "?", acts: "?", "no effect": "0"};
    const cell = (r, side) => r[side] ? [r[side] === "both ways" ? h("span", {class: "sign"}, "▲▼") : kg.sign(words[r[side]] || "?"), ` ${r[side]} `, h("small", {}, [kg.plural((r[side + "_papers"] || []).length, "paper"), r[side + "_rung"], (r[side + "_diseases"] || []).join(", ")].filter(Boolean).join("; "))] : h("span", {class: "empty"}, "not found in these papers");
    const order = ["opposite", "differ", "same", "only one", "only other"];
    rows.sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
    return [kg.title(`${one} and ${other}`, `${counts("same")} effects the same, ${counts("opposite")} opposite, ${counts("differ")} differ otherwise; ${counts("only one")} found for ${one} only, ${counts("only other")} for ${other} only. What was not found in these papers is not shown to be absent; both ways means that findings for one side disagree.`), form,
      rows.length ? kg.table(`${one} and ${other}`, [["on", (r) => kg.entity(r.object), (r) => r.object], ["verdict", (r) => verdict(r.verdict), (r) => order.indexOf(r.verdict)], [one, (r) => cell(r, "one"), (r) => r.one_belief], [other, (r) => cell(r, "other"), (r) => r.other_belief]], rows, {most: 80}) : h("p", {class: "note"}, "No statement tells what either does.")];
  };
})(window.kg);
