"use strict";
// Parts that several views show: tables, statements, evidence lines, forms.
(function (kg) {
  const {h} = kg;

  // A table with a caption; columns: [heading, row => cell, row => value to sort by].
  kg.table = function (caption, columns, rows, options) {
    const most = (options && options.most) || 200;
    let order = null, shown = most;
    const body = h("tbody"), table = h("table", {class: (options && options.css) || null}, h("caption", {}, caption));
    const fill = () => {
      let sorted = rows;
      if (order) {
        const [value, down] = order;
        sorted = [...rows].sort((a, b) => { const x = value(a), y = value(b); return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1); });
      }
      body.replaceChildren(...sorted.slice(0, shown).map((row) => h("tr", {}, columns.map(([name, cell], i) => h(i ? "td" : "th", {scope: i ? null : "row", "data-label": name}, cell(row))))));
    };
    table.append(h("thead", {}, h("tr", {}, columns.map(([name, , value]) => {
      const th = h("th", {scope: "col"});
      if (!value) th.append(name);
      else th.append(h("button", {type: "button", class: "sort", onclick: () => {
        order = [value, order && order[0] === value ? !order[1] : typeof value(rows[0]) === "number"];
        for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
        th.setAttribute("aria-sort", order[1] ? "descending" : "ascending");
        fill();
      }}, name));
      return th;
    }))), body);
    fill();
    const box = h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption}, table);
    if (rows.length <= most) return box;
    const more = h("button", {type: "button", onclick: () => { shown = rows.length; fill(); more.remove(); }}, `Show all ${rows.length.toLocaleString("en")}`);
    return [box, more];
  };

  kg.statementLink = (s) => h("span", {class: "statement"}, kg.entity(s.subject), " ",
    h("a", {href: kg.href("statement", s.statement_id), class: "verb"}, kg.sign(s.mark || s.sign), " ", s.mark === "0" ? "no effect on" : s.predicate), " ", kg.entity(s.object));

  kg.statements = function (caption, rows) {
    if (!rows.length) return null;
    return kg.table(caption, [
      ["statement", kg.statementLink, (s) => (s.subject + s.object).toLowerCase()],
      ["belief", (s) => s.mark === "0" ? "" : s.n_supports + s.n_disputes + s.n_no_effect === 0 ? "withdrawn" : kg.belief(s.belief, s.belief_range), (s) => s.belief],
      ["best shown", (s) => kg.level(s.level, s.rung), (s) => s.level],
      ["papers", (s) => s.papers.length, (s) => s.papers.length],
      ["for / null / against", (s) => `${s.n_supports} / ${s.n_no_effect} / ${s.n_disputes}`, (s) => s.n_supports],
      ["in", (s) => [[...s.diseases, ...s.species].join(", "), s.findings && s.findings.length ? h("p", {class: "hint"}, s.findings.join(" ")) : null], (s) => s.diseases.join()],
    ], rows, {most: 60});
  };

  const agent = (a) => a ? ["product", "source", "donor", "route", "dose", "timing", "priming", "engineering"].filter((k) => a[k]).map((k) => `${k === "source" ? "from" : k} ${a[k]}`).join(", ") : "";
  const numbers = (e) => {
    if (!e) return "";
    const told = [e.measure, e.value, e.control !== undefined ? `vs ${e.control}` : "", e.unit || ""];
    if (e.low !== undefined && e.high !== undefined) told.push(`(${e.low} to ${e.high})`);
    if (e.p !== undefined) told.push(/^[<>=n]/.test(e.p) ? `p ${e.p}` : `p = ${e.p}`);
    if (e.n !== undefined) told.push(`n = ${e.n}${e.n_control !== undefined ? " and " + e.n_control : ""}`);
    return told.filter((x) => x !== undefined && x !== "").join(" ");
  };

  // One evidence line with all that is recorded of it.
  kg.line = function (e, options) {
    const words = {"supports": "for", "disputes": "against", "no effect": "no effect"}[e.direction];
    const context = [e.species, e.system, e.disease, e.model, e.phase].filter(Boolean).join(" · ");
    const facts = [["from", e.origin], ["causal test", e.test], ["measured", e.measured], ["measured in", e.measured_in], ["assay", e.assay], ["numbers", numbers(e.effect)],
      ["endpoint", e.endpoint ? [e.endpoint.rank, e.endpoint.met === true ? "met" : e.endpoint.met === false ? "not met" : ""].filter(Boolean).join(", ") : ""],
      ["given", agent(e.agent)], ["compared with", e.comparator], ["note", e.note]].filter(([, v]) => v);
    const kept = [["reported as", e.reported ? [e.reported.subject, e.reported.object].filter(Boolean).join(" → ") : ""], ["read", e.read],
      ["second reading", e.second_reading ? `${e.second_reading}: ${e.reading || "not recorded"}` : ""], ["fingerprint of the sentence", e.anchor], ["file", e.file]].filter(([, v]) => v);
    const p = e.paper;
    return h("article", {class: "line " + e.direction.replace(" ", "-") + (e.withdrawn ? " withdrawn" : "")},
      h("p", {class: "finding"}, h("strong", {class: "tag"}, words), " ", e.finding, e.withdrawn ? h("strong", {}, " (withdrawn: counts for nothing)") : null),
      h("p", {class: "context"}, kg.level(e.level, e.rung), " ", context),
      h("p", {class: "facts"}, facts.map(([k, v]) => h("span", {}, h("span", {class: "key"}, k + " "), v))),
      options && options.bare ? null : h("p", {class: "source"}, kg.paper(p.id), " ", p.title ? p.title.replace(/\.?$/, ". ") : "", h("em", {}, p.journal || ""), p.year ? `, ${p.year}. ` : " ", p.url ? h("a", {href: p.url, rel: "noreferrer noopener", target: "_blank"}, "source ↗") : null),
      h("details", {}, h("summary", {}, "Who read it"), h("p", {class: "facts"}, kept.map(([k, v]) => h("span", {}, h("span", {class: "key"}, k + " "), v)))));
  };
  kg.lines = function (lines) {
    const order = ["supports", "no effect", "disputes"];
    return [...lines].sort((a, b) => order.indexOf(a.direction) - order.indexOf(b.direction)).map((e) => kg.line(e));
  };

  kg.conflictList = (title, conflicts) => conflicts.length ? h("section", {}, h("h2", {}, `${title} (${conflicts.length})`),
    h("ul", {}, conflicts.map((c) => h("li", {}, kg.link(c.words, "conflict", c.id))))) : null;

  // A form field. kind: "text" (with the names as suggestions), "select", "check", "number".
  kg.field = function (name, label, kind, value, choices) {
    const id = "f-" + name;
    if (kind === "check") return h("label", {class: "check"}, h("input", {type: "checkbox", name, id, checked: Boolean(value && value !== "0")}), " ", label);
    const input = kind === "select"
      ? h("select", {name, id}, choices.map((c) => { const [v, t] = Array.isArray(c) ? c : [c, c || "any"]; return h("option", {value: v, selected: v === (value || "")}, t); }))
      : h("input", {name, id, type: kind === "number" ? "number" : "text", value: value || "", list: kind === "text" ? "names" : null, autocomplete: "off", spellcheck: "false", ...(choices || {})});
    return h("div", {class: "field"}, h("label", {for: id}, label), input);
  };
  // A condition of the command line in words, for messages that name one.
  const WORDS = {via: "through", avoid: "avoiding", without: "with it blocked:", sign: "net effect", disease: "in disease", species: "in", rung: "shown at least in", product: "product", source: "from tissue", route: "by route", until: "known until", test: "shown by", "max-length": "most steps", products: "counting vesicles and medium as the cell", bridged: "counting markers", inherited: "counting what is stated of classes", coherent: "holding in one context", "exact-disease": "not in models of the disease", "min-belief": "belief at least"};
  kg.inWords = (text) => text.replace(/--sign '?([-+?])'?/g, (_, s) => `net effect ${kg.marks[s].word}`).replace(/--([a-z-]+)/g, (_, name) => WORDS[name] || name).replace(/;? ?try `?kg find TEXT`?/g, "").replace(/'/g, "");
  // The filled fields of a form, as parameters; commas part several names.
  kg.filled = function (form, several) {
    const found = {};
    for (const [name, value] of new FormData(form)) {
      const text = String(value).trim();
      if (!text) continue;
      if (several.includes(name)) found[name] = text.split(/\s*;\s*/).filter(Boolean);
      else found[name] = text === "on" ? "1" : text;
    }
    return found;
  };
})(window.kg);
