"use strict";
(function (kg) {
  const {h} = kg;

  kg.views.entity = async function ({key, query}) {
    const e = await kg.api("entity/" + key), start = await kg.start;
    const filter = {disease: query.get("disease") || "", species: query.get("species") || "", level: query.get("level") || ""};
    const all = [...e.statements, ...e.in_disease];
    const keeps = (s) => (!filter.disease || s.diseases.includes(filter.disease)) && (!filter.species || s.species.includes(filter.species)) && (!filter.level || s.level === filter.level);
    const some = (rows) => rows.filter(keeps);
    const acts = some(e.statements.filter((s) => s.subject === e.name)), acted = some(e.statements.filter((s) => s.object === e.name));
    const used = (field) => ["", ...[...new Set(all.flatMap((s) => s[field]))].sort()];
    const form = h("form", {class: "ask row", onchange: () => { location.hash = kg.href("entity", e.name, kg.filled(form, [])); }, onsubmit: (event) => event.preventDefault()},
      kg.field("disease", "in disease", "select", filter.disease, used("diseases")), kg.field("species", "species", "select", filter.species, used("species")), kg.field("level", "shown in", "select", filter.level, ["", "human", "animal", "in vitro"]));
    const years = Object.entries(e.papers_by_year), most = Math.max(1, ...years.map(([, n]) => n));
    const counted = Object.entries(e.counted_as);
    const arrows = kg.arrows(some(e.statements)), names = new Set(arrows.flatMap((a) => [a.subject, a.object]));
    const box = h("div", {});
    const panel = h("section", {id: "panel", "aria-live": "polite"});
    const draw = async () => {
      const nodes = [...names].map((name) => ({name, category: name === e.name ? e.category : "", positions: [name === e.name ? 1 : arrows.some((a) => a.subject === name && a.object === e.name) ? 0 : 2]}));
      const best = [...arrows].sort((a, b) => b.papers.size - a.papers.size).slice(0, 40), kept = new Set(best.flatMap((a) => [a.subject, a.object]));
      box.replaceChildren(await kg.picture(`${e.name}: ${best.length < arrows.length ? `the ${best.length} arrows with most papers of ${arrows.length}` : kg.plural(arrows.length, "arrow")}`, nodes.filter((n) => kept.has(n.name)), best,
        {pick: (a) => panel.replaceChildren(kg.statements("Chosen", a.statements)), open: () => {}}));
    };
    const button = h("button", {type: "button", onclick: () => { button.remove(); draw().catch((error) => box.replaceChildren(kg.failed(error))); }}, "Draw its surroundings");
    return [
      kg.title(e.name, `${e.label}, ${e.category}. ${kg.plural(e.statements.length, "statement")} start or end here${e.category === "disease" ? `, ${e.in_disease.length} more were made in it` : ""}.`),
      h("section", {class: "two"},
        h("div", {}, e.definition || e.note ? h("p", {}, e.note || e.definition) : null,
          h("dl", {}, row("identifier", e.url && /^https?:/.test(e.url) ? h("a", {href: e.url, rel: "noreferrer noopener", target: "_blank"}, e.id + " ↗") : e.id), row("also called", e.aliases.join(", ")), row("is a", terms(e.parents)), row("above", terms(e.children)),
            row("maps to", e.mappings.map((m) => `${m.id} (${m.match})`).join(", ")), row("in the ontology", kg.link("its place", "ontology", e.name)), row("counts too", counted.length ? h("details", {}, h("summary", {}, `${counted.length} when asked for`), h("ul", {}, counted.map(([n, why]) => h("li", {}, kg.entity(n), `: ${why}`)))) : ""))),
        h("div", {}, years.length ? h("figure", {}, h("figcaption", {}, "Papers by year"), h("table", {class: "years"}, h("caption", {class: "hidden"}, "Papers by year"), h("tbody", {}, years.map(([y, n]) => h("tr", {}, h("th", {scope: "row"}, y), h("td", {}, h("span", {class: "bar"}, h("span", {class: "fill w" + Math.round(n / most * 20)})), ` ${n}`)))))) : null,
          h("p", {class: "tools"}, h("a", {class: "button", href: kg.href("paths", "", {source: "MSC", target: e.name})}, `MSC → ${e.name}`), h("a", {class: "button", href: kg.href("compare", "", {one: e.name, other: "MSC"})}, "Compare with MSC"),
            kg.twin ? h("a", {class: "button", href: kg.twin("entity/" + e.name)}, "JSON") : null))),
      form,
      acts.length ? h("section", {}, h("h2", {}, `What it does (${acts.length})`), kg.statements(`What ${e.name} does`, acts)) : null,
      acted.length ? h("section", {}, h("h2", {}, `What acts on it (${acted.length})`), kg.statements(`What acts on ${e.name}`, acted)) : null,
      some(e.in_disease).length ? h("section", {}, h("h2", {}, `Shown in ${e.name} (${some(e.in_disease).length})`), kg.statements(`Shown in ${e.name}`, some(e.in_disease))) : null,
      !acts.length && !acted.length && !some(e.in_disease).length ? h("p", {class: "note"}, all.length ? "No statement keeps these conditions." : "No statement starts or ends here; what is below it may have some.") : null,
      arrows.length ? [button, box, panel] : null,
      e.n_below ? h("details", {}, h("summary", {}, `${kg.plural(e.n_below, "statement")} of what is below it`), kg.statements(`Below ${e.name}`, e.below)) : null,
      e.trials.length ? h("section", {}, h("h2", {}, `Trials (${e.trials.length})`), kg.trialTable(`Trials: ${e.name}`, e.trials)) : null,
      kg.conflictList("Where findings disagree", e.conflicts)];
  };
  const row = (name, value) => (value === "" || value === null || value === undefined || (Array.isArray(value) && !value.length) ? null : [h("dt", {}, name), h("dd", {}, value)]);
  const terms = (names) => names.length ? kg.list(names.slice(0, 12).map((n) => kg.link(n, "ontology", n))) : "";
})(window.kg);
