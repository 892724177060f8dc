"use strict";
(function (kg) {
  const {h} = kg;
  kg.trialTable = (caption, trials) => kg.table(caption, [
    ["trial", (t) => [kg.link(t.id || t.paper, "paper", t.paper), ` ${t.year}`], (t) => t.year], ["disease", (t) => t.diseases.join(", "), (t) => t.diseases.join()], ["given", (t) => [t.product, t.source, t.route, t.dose].filter(Boolean).join(", ")],
    ["n", (t) => t.n || "", (t) => t.n || 0], ["design", (t) => [t.phase ? "phase " + t.phase : "", t.randomised === true ? "randomised" : t.randomised === false ? "not randomised" : "", t.blinded && t.blinded !== "none" ? t.blinded + " blind" : ""].filter(Boolean).join(", ")],
    ["primary endpoint", (t) => h("strong", {class: {met: "met-met", "not met": "met-not"}[t.primary_endpoint] || null}, t.primary_endpoint === "not stated" ? "not in the abstract" : t.primary_endpoint), (t) => t.primary_endpoint],
    ["outcomes", (t) => h("details", {}, h("summary", {}, `${t.outcomes.length}, ${t.outcomes.filter((o) => o.unmet).length} without gain`), h("ul", {class: "outcomes"}, t.outcomes.map((o) => h("li", {},
      h("a", {href: kg.href("statement", o.statement_id)}, o.endpoint), `: ${o.result}${o.rank ? ` (${o.rank}${o.met === true ? ", met" : o.met === false ? ", not met" : ""})` : ""}${o.harm ? " · safety" : ""}. `, h("small", {}, `${o.finding} ${o.numbers || ""}`)))))]], trials);

  kg.views.trials = async function ({query}) {
    const start = await kg.start, trials = await kg.api("trials", query);
    const form = h("form", {class: "ask row", onchange: () => form.requestSubmit(), onsubmit: (event) => { event.preventDefault(); location.hash = kg.href("trials", "", kg.filled(form, [])); }},
      kg.field("disease", "disease", "select", query.get("disease"), ["", ...start.choices.disease]), kg.field("unmet", "only what was not gained", "check", query.get("unmet")), kg.field("safety", "only harms and safety", "check", query.get("safety")));
    const count = (x) => trials.filter((t) => t.primary_endpoint === x).length, outcomes = trials.flatMap((t) => t.outcomes), harm = outcomes.filter((o) => o.harm), gain = outcomes.filter((o) => !o.harm);
    return [kg.title(query.get("disease") ? `Trials in ${query.get("disease")}` : "Trials", `${kg.plural(trials.length, "report")}. Efficacy: ${kg.plural(gain.length, "outcome")}, ${gain.filter((o) => o.unmet).length} without gain. Safety: ${kg.plural(harm.length, "outcome")}, ${harm.filter((o) => o.result === "no effect").length} without a difference, ${harm.filter((o) => o.result === "higher").length} higher with treatment. Primary endpoint met in ${count("met")}, not met in ${count("not met")}; in ${count("not stated")} the abstract does not say.`), form,
      trials.length ? kg.trialTable("Trials", trials) : h("p", {class: "note"}, "No trial here keeps these conditions.")];
  };
})(window.kg);
