"use strict";
(function (kg) {
  const {h} = kg;
  const SEVERAL = ["via", "avoid", "without", "predicate", "at"];
  const PAGE = ["view", "open", "nulls", "asked", "draw"];
  const FEW = 15;

  kg.pathForm = function (given, start, isShort) {
    const c = start.choices, any = (list) => ["", ...list];
    const value = (name) => { const v = given[name]; return Array.isArray(v) ? v.join("; ") : v; };
    const form = h("form", {class: "ask", onsubmit: (event) => {
      event.preventDefault();
      const kept = Object.fromEntries(PAGE.filter((n) => given[n] && n !== "asked" && n !== "open").map((n) => [n, given[n]]));
      const filled = kg.filled(form, SEVERAL);
      const years = document.getElementById("f-until");
      if (years && Number(years.value) >= start.years[1]) delete filled.until;
      location.hash = kg.href("paths", "", {...filled, ...kept});
    }},
      h("div", {class: "row"},
        kg.field("source", "From", "text", value("source")), kg.field("via", "through", "text", value("via")), kg.field("target", "to", "text", value("target")),
        kg.field("sign", "net effect", "select", value("sign"), [["", "any"], ["-", "▼ lowers"], ["+", "▲ raises"], ["?", "◆ unknown"]]), h("button", {class: "main"}, "Show paths")),
      isShort ? null : h("details", {open: ["avoid", "without", "species", "product", "tissue", "route", "rung", "test", "coherent", "products", "bridged", "at"].some((n) => given[n])}, h("summary", {}, "More conditions"),
        h("div", {class: "row"}, kg.field("avoid", "avoiding", "text", value("avoid")), kg.field("without", "as if blocked", "text", value("without")), kg.field("max_length", "most steps", "number", value("max_length") || "4", {min: 1, max: 8})),
        h("div", {class: "row"}, kg.field("species", "species", "select", value("species"), any(c.species)), kg.field("product", "product", "select", value("product"), any(c.product)), kg.field("tissue", "from tissue", "select", value("tissue"), any(c.tissue)),
          kg.field("route", "route", "select", value("route"), any(c.route)), kg.field("rung", "shown at least in", "select", value("rung"), any(c.rung)), kg.field("test", "by test", "select", value("test"), any(c.test))),
        h("div", {class: "row"}, kg.field("products", "vesicles and medium count as the cell", "check", given.products), kg.field("coherent", "only if all steps hold in one context", "check", given.coherent),
          kg.field("bridged", "markers count for what they mark", "check", given.bridged), kg.field("diverse", "leave near-repeats out", "check", given.diverse), kg.field("exact_disease", "not in models of the disease", "check", given.exact_disease))),
      isShort ? null : h("div", {class: "row"}, kg.field("disease", "in disease", "select", value("disease"), any(c.disease)),
        h("div", {class: "field wide"}, h("label", {for: "f-until"}, "known until ", h("output", {id: "year"}, given.until || start.years[1])),
          h("input", {type: "range", id: "f-until", name: "until", min: start.years[0], max: start.years[1], value: given.until || start.years[1],
            oninput: (event) => { document.getElementById("year").textContent = event.target.value; }, onchange: () => form.requestSubmit()}))),
      h("p", {class: "hint"}, "Several names are parted by a semicolon. Groups work too: mediator, immune cell, protein."));
    return form;
  };

  function given(query) {
    const found = {};
    for (const [name, value] of query) {
      if (SEVERAL.includes(name)) found[name] = [...(found[name] || []), value];
      else found[name] = value;
    }
    return found;
  }

  kg.views.paths = async function ({query}) {
    const start = await kg.start, asked = given(query);
    if (!asked.source && !asked.target && !asked.q) {
      return [kg.title("Paths", "How does one thing act on another? Paths are chains of signed statements, best supported first."), kg.pathForm({source: "MSC"}, start)];
    }
    const ask = Object.fromEntries(Object.entries(asked).filter(([name]) => !PAGE.includes(name)));
    const heading = `${asked.source || ""} → ${asked.via ? [asked.via].flat().join(" → ") + " → " : ""}${asked.target || asked.q || ""}`;
    const top = kg.title(heading, asked.asked ? `Understood from “${asked.asked}”. Change it below if it was meant otherwise.` : null);
    let a;
    try { a = await kg.api("answer", {...ask, limit: 60}); }
    catch (error) { return [top, kg.pathForm(asked, start), kg.failed(error)]; }
    if (!a.n) return [top, kg.pathForm(asked, start), empty(a)];

    const drawnPaths = a.paths.slice(0, asked.view === "matrix" || asked.draw === "all" ? undefined : FEW), drawnNames = new Set(drawnPaths.flatMap((p) => p.entities));
    const steps = new Map();
    for (const p of drawnPaths) for (const s of p.steps) steps.set(s.statement_id, {...s, mark: s.sign});
    const showsNulls = asked.nulls !== "0";
    const nulls = a.nulls.filter((s) => drawnNames.has(s.subject) && drawnNames.has(s.object));
    const all = kg.arrows([...steps.values(), ...(showsNulls ? nulls : [])]);
    const nodes = Object.entries(a.entities).filter(([name]) => drawnNames.has(name)).map(([name, e]) => ({name, ...e}));
    const opened = new Set([asked.open || []].flat()), contested = new Set(a.conflicts.length ? [...steps.keys()].filter((id) => contestedIds(a).has(id)) : []);
    const ends = new Set(a.paths.flatMap((p) => [p.entities[0], p.entities[p.entities.length - 1]]).filter((n) => [asked.source, asked.target].includes(n)));
    const folded = kg.fold(nodes, all, opened, ends);
    const change = (changes) => kg.href("paths", "", {...asked, ...changes});
    const panel = h("section", {id: "panel", "aria-live": "polite"}, h("p", {class: "hint"}, "Choose an arrow to see its evidence here."));
    const pick = (arrow) => {
      panel.replaceChildren(h("h2", {}, `${arrow.subject} `, kg.sign(arrow.mark), ` ${arrow.object}`),
        ...arrow.statements.map((s) => {
          const held = a.statements[s.statement_id];
          return h("section", {}, h("h3", {}, kg.statementLink(s), " ", arrow.mark === "0" ? null : kg.belief(s.belief, s.belief_range)),
            s.inherited_from ? h("p", {}, `Taken over from what is stated of ${s.inherited_from}.`) : null, s.bridged_by ? h("p", {}, `Stated of a marker: ${s.bridged_by}.`) : null,
            held ? kg.lines(held.lines) : fetched(s.statement_id));
        }));
      panel.scrollIntoView({block: "nearest", behavior: "smooth"});
      kg.say(`Evidence of ${arrow.subject} on ${arrow.object} is shown below the picture.`);
    };
    const title = `${a.n > drawnPaths.length || a.at_most ? `The best ${drawnPaths.length} of ${a.at_most ? "at most " + a.at_most.toLocaleString("en") : a.n.toLocaleString("en")} paths` : kg.plural(a.n, "path")}: ${kg.plural(steps.size, "statement")}${nulls.length ? `, ${kg.plural(nulls.length, "finding")} of no effect between them` : ""}`;
    const isMatrix = asked.view === "matrix";
    const drawn = isMatrix ? kg.matrix(title, all, pick) : await kg.picture(title, folded.nodes, folded.arrows, {pick, contested, open: (g) => { location.hash = change({open: [...opened, g]}); }});
    const signs = {};
    for (const p of a.paths) signs[p.sign] = (signs[p.sign] || 0) + 1;
    const form = window.innerWidth < 700 ? h("details", {}, h("summary", {}, "Change the question"), kg.pathForm(asked, start)) : kg.pathForm(asked, start);
    return [top, form,
      h("section", {class: "summary"},
        gist(a, asked),
        h("p", {}, kg.plural(a.n, "path"), a.n > a.paths.length ? `; of the best ${a.paths.length}: ` : ": ", kg.list(Object.entries(signs).map(([s, n]) => h("span", {}, kg.sign(s), ` ${n} ${kg.marks[s].word}`))), signs["+"] && signs["-"] ? ". The paths disagree in sign." : ".", " ",
          `${a.paths.filter((p) => p.human_share === 1).length || "None"} with human evidence at every step.`,
          a.n_coherent === undefined || asked.coherent ? null : [` ${a.n_coherent ? `Only ${a.n_coherent.toLocaleString("en")} of ${a.n.toLocaleString("en")} hold` : "None holds"} together in one species, disease, model and phase; the others join steps from different ones. `, a.n_coherent ? h("a", {href: change({coherent: "1"})}, "Show only those") : null]),
        Object.keys(a.counted_as).length ? h("p", {class: "hint"}, `Counted as ${asked.disease}: ${Object.keys(a.counted_as).join(", ")}. `, h("a", {href: change({exact_disease: "1"})}, "Leave them out")) : null,
        a.n_fallen ? h("p", {}, `With ${[asked.without].flat().join(", ")} blocked, ${kg.plural(a.n_fallen, "path")} fall: `, a.fallen.slice(0, 3).map((p) => p.sentence).join(" ")) : null,
        h("p", {class: "tools"}, h("a", {href: change({view: isMatrix ? "" : "matrix"}), class: "button"}, isMatrix ? "As a picture" : "As a matrix"),
          !isMatrix && a.paths.length > FEW ? h("a", {href: change({draw: asked.draw === "all" ? "" : "all"}), class: "button"}, asked.draw === "all" ? `Draw the best ${FEW}` : `Draw ${a.paths.length}`) : null,
          nulls.length ? h("a", {href: change({nulls: showsNulls ? "0" : ""}), class: "button"}, showsNulls ? "Hide “no effect”" : "Show “no effect”") : null,
          folded.groups.map(([g, n, open]) => h("a", {class: "button", href: change({open: open ? [...opened].filter((x) => x !== g) : [...opened, g]})}, `${open ? "Fold" : "Open"} ${g} (${n})`)))),
      drawn, panel,
      h("section", {}, h("h2", {}, "Ranked paths"), h("p", {class: "hint"}, "By score: belief, less for entities that much is known of, and less where contexts part."), h("ol", {class: "paths"}, a.paths.slice(0, 20).map((p) => path(p, a, asked))),
        a.paths.length > 20 ? h("details", {}, h("summary", {}, `${a.paths.length - 20} more`), h("ol", {class: "paths", start: 21}, a.paths.slice(20).map((p) => path(p, a, asked)))) : null),
      a.nulls.length ? h("section", {}, h("h2", {}, "Looked for, and no effect found"), kg.statements("No effect", a.nulls)) : null,
      kg.conflictList("Where findings on these steps disagree", a.conflicts),
      share(a, ask)];
  };

  function contestedIds(a) {
    const found = new Set();
    for (const [id, s] of Object.entries(a.statements)) if (s.lines.some((e) => e.direction !== "supports" && e.counts)) found.add(id);
    const names = new Set(a.conflicts.map((c) => c.subject + "\n" + c.object));
    for (const p of a.paths) for (const s of p.steps) if (names.has(s.subject + "\n" + s.object)) found.add(s.statement_id);
    return found;
  }

  // The best path in one sentence, with what speaks against it.
  function gist(a, asked) {
    const p = a.paths[0], weakest = p.steps.reduce((x, y) => (y.belief < x.belief ? y : x));
    const steps = p.steps.map((s) => `${s.subject} ${kg.marks[s.sign].word} ${s.object} (${kg.plural(s.papers.length, "paper")}, ${s.level || "not stated"}${reversed(a, s) ? `; ${kg.plural(reversed(a, s), "paper")} ${reversed(a, s) === 1 ? "shows" : "show"} the reverse` : ""})`);
    return h("p", {class: "gist"}, h("strong", {}, "Best supported: "), steps.join("; "), `. ${p.human_share === 1 ? "Each step has human evidence." : p.human_share ? "Some steps have human evidence." : "Not shown in people."} Weakest step: `, kg.link(`${weakest.subject} ${kg.marks[weakest.sign].word} ${weakest.object}`, "statement", weakest.statement_id), ".");
  }
  const reversed = (a, s) => ((a.statements[s.statement_id] || {}).reverse || []).reduce((n, o) => n + o.papers, 0);
  const fetched = (id) => { const box = h("div", {}, "Looking …"); kg.api("statement/" + id).then((s) => box.replaceChildren(...kg.lines(s.lines)), (error) => box.replaceChildren(kg.failed(error))); return box; };
  // Whether the way-point rises or falls on the way, since both can give one net effect.
  function through(p, asked) {
    const via = [asked.via || []].flat();
    if (via.length !== 1) return null;
    const at = p.entities.findIndex((n, i) => i > 0 && i < p.entities.length - 1 && n.toLowerCase() === via[0].toLowerCase());
    if (at < 0) return null;
    const sign = p.steps.slice(0, at).reduce((s, x) => s * ({"+": 1, "-": -1}[x.sign] || 0), 1);
    return sign ? `through ${sign > 0 ? "more" : "less"} ${p.entities[at]}` : null;
  }

  function path(p, a, asked) {
    const mixed = Object.entries(p.coherence).filter(([k, v]) => k.endsWith("_break") && v).map(([k]) => k.replace("_break", ""));
    const way = through(p, asked);
    const weakest = p.steps.reduce((x, y) => (y.belief < x.belief ? y : x));
    return h("li", {},
      h("p", {class: "chain"}, kg.entity(p.entities[0]), p.steps.map((s) => [" ", h("a", {href: kg.href("statement", s.statement_id), class: "verb", title: `${s.predicate}; ${s.papers.length} papers; ${s.rung}`}, kg.sign(s.sign), h("small", {}, ` ${s.papers.length} ${s.level}`)), reversed(a, s) ? h("a", {class: "reverse", href: kg.href("statement", s.statement_id), title: "Other papers show the reverse of this step"}, `⚠ ${reversed(a, s)} reverse`) : null, " ", kg.entity(s.object)])),
      h("p", {class: "facts"}, h("span", {}, "net ", kg.sign(p.sign)), way ? h("span", {}, way) : null, mixed.length ? h("span", {class: "mixed"}, `steps from different ${mixed.join(", ")}`) : h("span", {}, "one context"), h("span", {}, "belief ", kg.belief(p.belief, p.belief_range)), h("span", {}, `weakest rung: ${p.rung || "not stated"}`), h("span", {}, `human support on ${Math.round(p.human_share * 100)} % of steps`),
        h("span", {}, "weakest step: ", kg.link(`${weakest.subject} ${weakest.predicate} ${weakest.object}`, "statement", weakest.statement_id))),
      p.matched ? h("p", {class: "hint"}, p.matched) : null);
  }

  function empty(a) {
    const [why, ...near] = a.why_empty.split("\n");
    const line = near.join(" ").replace(/^nearest question with an answer[^:]*: /, "");
    return h("section", {class: "note"}, h("h2", {}, "No path answers this"), h("p", {}, kg.inWords(why[0].toUpperCase() + why.slice(1)) + "."),
      near.length ? h("p", {}, "Nearest question with an answer: ", h("a", {href: kg.href("paths", "", {q: line})}, kg.inWords(line))) : null);
  }

  function share(a, ask) {
    const block = (name, text) => h("details", {}, h("summary", {}, name), h("pre", {tabindex: "0"}, text), h("button", {type: "button", onclick: () => kg.copy(text)}, "Copy"));
    const papers = new Map();
    for (const s of Object.values(a.statements)) for (const e of s.lines) papers.set(e.paper.id, e.paper);
    const tex = (t) => String(t).replace(/[\\{}&%$#_~^]/g, (c) => ({"\\": "\\textbackslash{}", "~": "\\~{}", "^": "\\^{}"}[c] || "\\" + c));
    const bib = () => [...papers.values()].map((p) => `@article{${p.id.replace(/[^A-Za-z0-9]/g, "_")},\n  title = {{${tex(p.title)}}},\n  journal = {${tex(p.journal || "")}},\n  year = {${p.year}},\n  ${p.id.startsWith("doi:") ? `doi = {${p.id.slice(4)}}` : `note = {${p.id}}`},\n  url = {${p.url}}\n}\n`).join("\n");
    const safe = (c) => { const t = String(c).replace(/\s+/g, " "); return /^[=@]/.test(t) ? "'" + t : t; };
    const chain = (p) => p.entities[0] + p.steps.map((s) => ` -${s.predicate}-> ${s.object}`).join("");
    const weakest = (p) => p.steps.reduce((x, y) => (y.belief < x.belief ? y : x));
    const tsv = () => ["rank\tof\tsign\tscore\tbelief\tweakest rung\tpath\tweakest step\tspecies\tdiseases in common\tpapers", ...a.paths.map((p, i) => [i + 1, a.n, p.sign, p.score, p.belief, p.rung, chain(p), `${weakest(p).subject} ${weakest(p).predicate} ${weakest(p).object}`, p.species.join("|"), p.coherence.diseases.join("|"), p.papers.join("|")].map(safe).join("\t"))].join("\n") + "\n";
    return h("section", {class: "share"}, h("h2", {}, "Take it along"),
      h("p", {class: "tools"}, h("button", {type: "button", onclick: () => kg.copy(location.href, "The link is copied.")}, "Copy link"),
        h("button", {type: "button", onclick: () => kg.download("msc-kg-paths.tsv", "text/tab-separated-values", tsv())}, "Table"),
        h("button", {type: "button", onclick: () => kg.download("msc-kg.bib", "application/x-bibtex", bib())}, "BibTeX"),
        h("span", {class: "hint"}, "Tables and citations hold the best paths shown; authors are not recorded here, identifiers lead to them."),
        kg.twin ? h("a", {class: "button", href: kg.twin("answer", Object.entries(ask).flatMap(([k, v]) => [v].flat().map((x) => [k, x])))}, "JSON") : null),
      block("Command line", a.command), block("Python", a.python), a.sparql ? block("SPARQL", a.sparql) : null);
  }
})(window.kg);
