"use strict";
// Answers inside the page, without a server: from data beside it, the engine, and Oxigraph.
(function (kg) {
  kg.isLocal = true;
  kg.twin = null;
  const engine = kg.engine(kg.engineData);
  const script = (address) => new Promise((done, failed) => { const node = document.createElement("script"); node.src = address; node.onload = done; node.onerror = () => failed(new Error(`${address} is missing from this site.`)); document.head.append(node); });
  const once = (make) => { let held = null; return () => (held = held || make()); };
  const loaded = once(async () => { await script("data/objects.js"); return kg.objects; });
  const unknown = (text, near) => Object.assign(new Error(text), {nearest: near || [], status: 404});
  const list = (x) => (Array.isArray(x) ? x : x === undefined ? [] : [x]);

  function parameters(given) {
    const found = {};
    for (const [name, value] of given instanceof URLSearchParams ? given : Object.entries(given || {})) {
      if (value === "" || value === null || value === undefined) continue;
      for (const one of list(value)) found[name] = name in found ? [...list(found[name]), one] : one;
    }
    return found;
  }
  const camel = (q) => Object.fromEntries(Object.entries(q).map(([k, v]) => [k.replace(/_(\w)/g, (_, c) => c.toUpperCase()), v]));

  // A line as behind `kg paths`, as parameters.
  function parsed(line) {
    const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3]), found = {}, ends = [];
    for (let i = 0; i < words.length; i++) {
      if (!words[i].startsWith("--")) { ends.push(words[i]); continue; }
      let name = words[i].slice(2).replace(/-/g, "_");
      if (name === "source") name = "tissue";
      const isFlag = ["products", "exact", "exact_disease", "inherited", "bridged", "loops", "coherent", "diverse"].includes(name);
      const value = isFlag ? "1" : words[++i];
      found[name] = name in found ? [...list(found[name]), value] : value;
    }
    return {...found, source: ends[0], target: ends[1]};
  }
  const quoted = (w) => (/^[\w.+?:/=-]+$/.test(w) ? w : `'${w}'`);
  function asLine(q) {
    const words = [q.source, q.target].filter(Boolean).map(quoted);
    for (const [name, value] of Object.entries(q)) {
      if (["source", "target", "limit", "q"].includes(name)) continue;
      if (name === "max_length" && String(value) === "4") continue;
      const option = "--" + (name === "tissue" ? "source" : name.replace(/_/g, "-"));
      for (const one of list(value)) words.push(option, ...(one === "1" ? [] : [quoted(String(one))]));
    }
    return words.join(" ");
  }

  async function answer(q) {
    const o = await loaded(), limit = Number(q.limit || 60);
    if (q.q) q = {...parsed(q.q), limit};
    const {asked, found} = engine.find(camel(q)), shown = found.slice(0, limit), paths = shown.map((p) => engine.pathData(p, asked.reasons));
    const entities = {}, msc = new Set(Object.keys(engine.matching("MSC", {products: true})));
    for (const p of paths) p.entities.forEach((n, i) => {
      const e = kg.engineData.entities[n];
      entities[n] = entities[n] || {...e, msc: msc.has(n), positions: []};
      if (!entities[n].positions.includes(i)) entities[n].positions.push(i);
    });
    for (const e of Object.values(entities)) e.positions.sort((a, b) => a - b);
    const ids = new Set(paths.flatMap((p) => p.steps.map((s) => s.statement_id)));
    const statements = Object.fromEntries([...ids].map((id) => { const s = o.statements[id]; return [id, {lines: s.lines.map((l) => o.lines[l]), n_sources: s.sources_for.length, mark: s.mark, words: s.predicate, reverse: s.opposite.map((x) => ({id: x.statement_id, words: x.words, papers: x.n_papers_for}))}]; }));
    const allowed = q.disease ? new Set(q.exact_disease ? [engine.resolve(q.disease)] : o.models[engine.resolve(q.disease)]) : null;
    const nulls = Object.values(o.statements).filter((s) => s.mark === "0" && (!allowed || s.diseases.some((d) => allowed.has(d))) && (!q.until || s.years.some((y) => y <= Number(q.until))) &&
      ((entities[s.subject] && entities[s.object] && entities[s.subject].positions[0] < entities[s.object].positions[entities[s.object].positions.length - 1]) || (asked.sources.has(s.subject) && asked.targets.has(s.object))));
    const conflicts = o.conflict_order.map((id) => o.conflicts[id]).filter((c) => c.statements.some((id) => ids.has(id))).map(head);
    const line = asLine(q);
    return {asked: line, n: found.length, n_coherent: found.filter((p) => engine.isWhole(p)).length, at_most: null, paths, entities, statements, nulls, conflicts, counted_as: {}, fallen: [], n_fallen: 0, why_empty: found.length ? null : why(q), sparql: null,
      python: `import kg\ng = kg.load()\nanswer = g.paths(${JSON.stringify(line)})\n`, command: `kg paths ${line}`};
  }

  // Which one condition leaves nothing, and the nearest question that has an answer.
  function why(q) {
    const free = Object.keys(q).filter((n) => !["source", "target", "limit", "max_length"].includes(n)), told = [];
    let best = null;
    for (const name of free) {
      const rest = {...q}; delete rest[name];
      const n = engine.find(camel(rest)).found.length;
      if (!n) continue;
      told.push(`${n} without --${name.replace(/_/g, "-")} ${q[name] === "1" ? "" : q[name]}`.trim());
      if (!best || n < best[0]) best = [n, rest];
    }
    if (best) return `no path keeps every constraint; there would be ${told.join(", ")}\nnearest question with an answer: ${asLine(best[1])}`;
    const wide = {...q, products: "1"};
    if (engine.find(camel(wide)).found.length) return `no path of at most ${q.max_length || 4} steps\nnearest question with an answer: ${asLine(wide)}`;
    return `no path of at most ${q.max_length || 4} steps; try more steps, or vesicles and medium as the cell`;
  }

  const head = (c) => ({id: c.id, subject: c.subject, object: c.object, kind: c.kind, words: c.words});
  const key = (name) => engine.resolve(name);

  function find(o, text) {
    const wanted = text.trim().toLowerCase(), known = new Set(engine.known(text)), counts = new Map();
    for (const s of Object.values(o.statements)) for (const n of [s.subject, s.object]) counts.set(n, (counts.get(n) || 0) + 1);
    const entities = Object.values(o.entities).filter((e) => known.has(e.name) || [e.name, e.label, e.id, ...e.aliases].some((t) => t.toLowerCase().includes(wanted)))
      .sort((a, b) => known.has(b.name) - known.has(a.name) || a.name.length - b.name.length)
      .map((e) => ({name: e.name, id: e.id, category: e.category, label: e.label, aliases: e.aliases.join("|"), kind: "entity", n_statements: counts.get(e.name) || 0}));
    const terms = Object.values(o.terms).filter((t) => t.kind !== "entity" && [t.label, t.id, ...t.synonyms].some((x) => x.toLowerCase().includes(wanted)))
      .map((t) => ({name: t.name, id: t.id, category: "", label: t.label, aliases: t.synonyms.join("|"), kind: t.kind, n_statements: 0}));
    if (entities.length || terms.length) return [...entities, ...terms];
    const id = wanted.replace("uniprot:", "uniprotkb:").replace(/ /g, "");
    return Object.values(o.terms).flatMap((t) => t.mappings.filter((m) => [m.id.toLowerCase(), m.id.split(":").slice(1).join(":").toLowerCase()].includes(id))
      .map((m) => ({name: t.name, id: t.id, category: "", label: t.label, aliases: m.id, kind: t.kind, n_statements: counts.get(t.name) || 0})));
  }

  const LOWERS = /^(reduc|lower|decreas|less|suppress|inhibit|attenuat|ameliorat|dampen|prevent|calm)/i, RAISES = /^(increas|rais|promot|induc|enhanc|boost|improv|restor|support|more)/i;
  function question(text) {
    const words = text.trim().replace(/[?!.]+$/, "").replace(/^(how|why|what)\b\s*/i, "").replace(/^(do|does|did|can|could|would|will)\b\s*/i, "");
    const verb = [...words.matchAll(/\b(?:reduc|lower|decreas|suppress|inhibit|attenuat|ameliorat|dampen|prevent|calm|increas|rais|promot|induc|enhanc|boost|improv|restor|support|affect|act|chang|influenc)\w*\b/gi)].find((m) => m.index > 0);
    if (!verb) return null;
    const [target, ...rest] = words.slice(verb.index + verb[0].length).trim().replace(/^(on|to|in|the)\s+/i, "").split(/\b(through|via|without|avoiding|in)\b/i);
    const found = {source: words.slice(0, verb.index).trim(), target: target.trim()};
    for (let i = 0; i < rest.length; i += 2) {
      const word = rest[i].toLowerCase(), value = (rest[i + 1] || "").trim().replace(/^(the|a|an)\s+/i, "");
      if (word !== "in") { found[word === "through" || word === "via" ? "via" : "avoid"] = value; continue; }
      const species = {mice: "mouse", people: "human", humans: "human", patients: "human", rats: "rat"}[value.toLowerCase()] || value;
      const known = engine.known(value);
      if (kg.engineData.choices.species.includes(species)) found.species = species;
      else if (known.length && kg.engineData.entities[known[0]].category === "disease") found.disease = known[0];
      else return null;
    }
    for (const name of ["source", "target", "via", "avoid"]) if (name in found) { const known = engine.known(found[name]); if (known.length !== 1) return null; found[name] = known[0]; }
    if (LOWERS.test(verb[0])) found.sign = "-"; else if (RAISES.test(verb[0])) found.sign = "+";
    return found;
  }

  function recognised(text) {
    const words = text.match(/[^\s?!.,;:()]+/g) || [], found = [];
    for (let at = 0; at < words.length; at++) for (let n = Math.min(5, words.length - at); n > 0; n--) {
      const known = engine.known(words.slice(at, at + n).join(" "));
      if (known.length === 1) { if (!found.includes(known[0])) found.push(known[0]); at += n - 1; break; }
    }
    return found;
  }

  const addresses = {
    start: (o) => o.start,
    queries: (o) => o.queries,
    find: (o, _, q) => find(o, q.q).map(({n_statements, ...hit}) => hit),
    search: (o, _, q) => {
      const text = (q.q || "").trim(), hits = find(o, text), wanted = text.toLowerCase().replace(/^https:\/\/doi\.org\/|^pmid:|^doi:/, "");
      const papers = Object.values(o.papers).filter((p) => p.title.toLowerCase().includes(wanted) || p.pmid === wanted || (p.doi || "").toLowerCase() === wanted);
      const asked = question(text);
      return {question: asked, entities: hits.slice(0, 20), n_entities: hits.length, papers: papers.slice(0, 20), n_papers: papers.length, near: hits.length || papers.length || asked ? [] : engine.nearest(text), understood: hits.length || papers.length || asked ? [] : recognised(text)};
    },
    entity: (o, name) => {
      const e = o.entities[key(name)], whole = (ids) => ids.map((id) => o.statements[id]);
      return {...e, statements: whole(e.statements), in_disease: whole(e.in_disease), below: whole(e.below), trials: o.trials.filter((t) => e.trials.includes(t.paper))};
    },
    statement: (o, id) => { const s = o.statements[id]; if (!s) throw unknown(`no statement has the id '${id}'`); return {...s, lines: s.lines.map((l) => o.lines[l])}; },
    paper: (o, id) => {
      const bare = id.replace(/^https:\/\/doi\.org\/|^(pmid|doi):/i, "").toLowerCase();
      const p = Object.values(o.papers).find((x) => x.pmid === bare || (x.doi || "").toLowerCase() === bare || x.id === id);
      if (!p) throw unknown(`no paper '${id}' is in the graph`);
      return {...p, lines: p.lines.map((row) => ({...o.lines[row.id], ...row, paper: p.id}))};
    },
    conflicts: (o, _, q) => {
      const wanted = q.entity ? new Set(Object.keys(engine.matching(key(q.entity), {}))) : null;
      return o.conflict_order.map((id) => o.conflicts[id]).filter((c) => (!wanted || wanted.has(c.subject) || wanted.has(c.object)) && (!q.axis || q.axis in c.axes || c.adjudication.axes.includes(q.axis)) && (!q.kind || c.kind === q.kind) && (!q.unexplained || !c.adjudication.axes.length));
    },
    conflict: (o, id) => {
      const c = o.conflicts[id];
      if (!c) throw unknown(`no conflict has the id '${id}'`);
      const side = (x) => ({...x, evidence: x.evidence.map((l) => o.lines[l])});
      return {...c, one: side(c.one), other: side(c.other)};
    },
    trials: (o, _, q) => {
      const allowed = q.disease ? new Set(q.exact_disease ? [key(q.disease)] : o.models[key(q.disease)] || []) : null, agents = q.agent ? new Set(Object.keys(engine.matching(key(q.agent), {products: true}))) : null;
      return o.trials.map((t) => ({...t, outcomes: t.outcomes.filter((x) => (!allowed || allowed.has(x.disease)) && (!agents || agents.has(x.agent)) && (!q.unmet || x.unmet) && (!q.safety || x.harm))})).filter((t) => t.outcomes.length && (!q.until || t.year <= Number(q.until)));
    },
    hypotheses: (o, _, q) => {
      const side = (name) => (name ? new Set(Object.keys(engine.matching(key(name), {}))) : null), from = side(q.source), to = side(q.target);
      return o.hypotheses.filter((x) => (!from || from.has(x.source)) && (!to || to.has(x.target))).slice(0, Number(q.limit || 20));
    },
    ontology: (o, name) => {
      if (!name) return o.roots;
      const t = o.terms[name] || Object.values(o.terms).find((x) => [x.name, x.label].includes(name)) || o.terms[(o.entities[engine.known(name)[0]] || {}).id];
      if (!t) throw unknown(`no class is called '${name}'`, engine.nearest(name));
      return t;
    },
    cell: (o, _, q) => {
      const found = (o.cells[`${q.disease}|${q.mechanism}`] || []).map((id) => o.statements[id]);
      const n = Object.values((o.start.grid.cells[q.disease] || {})[q.mechanism] || {}).reduce((a, b) => a + b, 0);
      return {disease: q.disease, mechanism: q.mechanism, n_lines: n, statements: found};
    },
    paths: (o, _, q) => engine.paths(camel(q.q ? parsed(q.q) : q)),
    answer: (o, _, q) => answer(q),
  };

  kg.api = async function (address, given) {
    const [name, ...rest] = address.split("/"), o = await loaded();
    if (!addresses[name]) throw new Error("This view needs the server: pip install msc-kg, then kg serve.");
    return addresses[name](o, rest.join("/"), parameters(given));
  };
  kg.paths = async (q) => engine.paths(q);

  // SPARQL ----------------------------------------------------------------------------------------

  const unpacked = async (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
  };
  const store = once(async () => {
    await script("data/sparql.js");
    const held = kg.oxigraph;
    const address = URL.createObjectURL(new Blob([held.module], {type: "text/javascript"}));
    const oxigraph = await import(address);
    await oxigraph.default({module_or_path: await unpacked(held.wasm)});
    const made = new oxigraph.Store();
    made.load(new TextDecoder().decode(await unpacked(held.quads)), {format: "application/n-quads", no_transaction: true});
    return {oxigraph, made, held};
  });
  const compress = (iri, prefixes) => {
    for (const [prefix, start] of prefixes) if (iri.startsWith(start) && iri.length > start.length) { const local = iri.slice(start.length); return `${prefix}:${prefix === "doi" ? decodeURIComponent(local) : local}`; }
    return iri;
  };

  // Rows of a query, as `kg query --json` has them: {columns, rows}.
  kg.query = async function (text) {
    const bare = text.replace(/<[^<>"{}|^`\\\s]*>|"{3}[^]*?"{3}|'{3}[^]*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#[^\n]*/g, " ");
    if (!bare.trim()) throw new Error("the query is empty");
    const {oxigraph, made, held} = await store();
    const declared = Object.entries(held.prefixes).filter(([p]) => !new RegExp(`PREFIX\\s+${p}:`, "i").test(bare)).map(([p, iri]) => `PREFIX ${p}: <${iri}>`).join(" ");
    const nodes = (names) => names.map((n) => oxigraph.namedNode(held.graphs[n]));
    const named = /(?<![?$:\w-])FROM(?![:\w-])/i.test(bare);
    const options = named ? {} : {default_graph: nodes(held.default), named_graphs: nodes(Object.keys(held.graphs))};
    const prefixes = Object.entries(held.prefixes).sort((a, b) => b[1].length - a[1].length);
    const plain = (term) => (term === undefined || term === null ? null : term.termType === "NamedNode" ? compress(term.value, prefixes) : term.value);
    const found = made.query(`${declared} ${text}`, options);
    if (typeof found === "boolean") return {columns: ["answer"], rows: [[String(found)]]};
    if (found.length && found[0].subject) return {columns: ["subject", "predicate", "object"], rows: found.map((t) => [t.subject, t.predicate, t.object].map(plain))};
    const json = JSON.parse(made.query(`${declared} ${text}`, {...options, results_format: "json"})), columns = json.head.vars || ["subject", "predicate", "object"];
    return {columns, rows: found.map((row) => columns.map((c) => plain(row.get(c))))};
  };
})(window.kg);
