"use strict";
// What the server answers under `/api/`, answered inside the page: from data beside it and the engine.
(function (kg) {
  kg.isLocal = true;
  kg.twin = null;
  kg.once = (make) => {
    let held = null;
    return () => (held = held || make());
  };
  kg.script = (address) =>
    new Promise((done, failed) => {
      const node = document.createElement("script");
      node.src = address;
      node.onload = done;
      node.onerror = () => failed(new Error(`${address} is missing from this site.`));
      document.head.append(node);
    });

  const engine = kg.engine(kg.engineData),
    {repr, normal} = engine;
  const listed = (x) => (Array.isArray(x) ? x : x === undefined ? [] : [x]);
  const less = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const refused = (text, more) => Object.assign(new Error(text), {status: 400}, more);
  const missing = (name, near) => {
    const hint = near.length ? `; did you mean ${near.map(repr).join(", ")}?` : "; try `kg find TEXT`";
    return refused(`no entity is called ${repr(name)}${hint}`, {nearest: near, status: 404});
  };
  const isSet = (x) => x !== undefined && !["0", "false", "no"].includes(String(x).toLowerCase());

  const loaded = kg.once(async () => {
    await kg.script("data/objects.js");
    const o = kg.objects;
    for (const name of [
      "lines",
      "statements",
      "papers",
      "entities",
      "conflicts",
      "terms",
      "counted_as",
      "cells"
    ]) {
      o[name] = new Map(Object.entries(o[name]));
    }
    for (const s of o.statements.values()) s.brief = o.briefs[s.brief];
    o.touching = new Map();
    o.between = new Map();
    for (const {brief: s} of o.statements.values()) {
      const ends = `${s.subject}\0${s.object}`;
      o.between.set(ends, [...(o.between.get(ends) || []), s]);
      for (const n of [s.subject, s.object]) o.touching.set(n, (o.touching.get(n) || 0) + 1);
    }
    return o;
  });

  // Parameters of an address as an object; one that repeats becomes a list.
  function parameters(given) {
    const found = {};
    for (const [name, value] of given instanceof URLSearchParams ? given : Object.entries(given || {})) {
      for (const one of listed(value)) {
        if (one === null || String(one).trim() === "") continue;
        found[name] = name in found ? [...listed(found[name]), one] : one;
      }
    }
    return found;
  }
  function whole(given, name, low, high, otherwise) {
    if (given[name] === undefined) return otherwise;
    const n = Number(given[name]);
    if (!Number.isInteger(n)) throw refused(`${name} takes a whole number, not ${repr(String(given[name]))}`);
    if (n < low || n > high) throw refused(`${name} ${n}: choose ${low} to ${high}`);
    return n;
  }
  function needed(given, name) {
    if (given[name] === undefined) throw refused(`give ${name}`);
    return String(given[name]).trim();
  }

  // Finding -----------------------------------------------------------------------------------------

  function ranked(items, text, spellingsOf, idOf, nameOf, byPlace) {
    const wanted = normal(text),
      found = [];
    for (const item of items) {
      const spellings = spellingsOf(item).map(normal),
        name = nameOf(item),
        size = [...name].length;
      const place = spellings.indexOf(wanted);
      if (idOf(item).toLowerCase() === text.toLowerCase() || place >= 0) {
        found.push([0, byPlace ? Math.max(0, place) : size, name, item]);
      } else if (spellings.some((s) => s.startsWith(wanted))) found.push([1, size, name, item]);
      else if (spellings.some((s) => s.includes(wanted))) found.push([2, size, name, item]);
    }
    found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || less(a[2], b[2]) || less(idOf(a[3]), idOf(b[3])));
    return found.map(([, , , item]) => item);
  }

  function find(o, text) {
    const entities = ranked(
      o.entities.values(),
      text,
      (e) => [e.name, ...e.aliases, e.label],
      (e) => e.id,
      (e) => e.name,
      true
    );
    const classes = [...o.terms.values()].filter((t) => t.kind !== "entity");
    const terms = normal(text)
      ? ranked(
          classes,
          text,
          (t) => [t.name, t.label, ...t.synonyms],
          (t) => t.id,
          (t) => t.name,
          false
        )
      : [];
    return [
      ...entities.map((e) => ({
        name: e.name,
        id: e.id,
        category: e.category,
        label: e.label,
        aliases: e.aliases.join("|"),
        kind: "entity"
      })),
      ...terms.map((t) => ({
        name: t.name,
        id: t.id,
        category: "",
        label: t.label,
        aliases: t.synonyms.join("|"),
        kind: t.kind
      }))
    ];
  }

  // Classes that map to an identifier of elsewhere, prefix or not.
  function mapped(o, text) {
    const wanted = text.trim().toLowerCase().replace("uniprot:", "uniprotkb:").replace(/ /g, "");
    return [...o.terms.values()].flatMap((t) =>
      t.mappings
        .map((m) => m.id)
        .filter((id) => wanted === id.toLowerCase() || wanted === id.slice(id.indexOf(":") + 1).toLowerCase())
        .map((id) => ({name: t.name, id: t.id, category: "", label: t.label, aliases: id, kind: t.kind}))
    );
  }

  // Entities whose names stand in a text, longest names first, in the order of the text.
  function recognised(text) {
    const words = text.match(/[^\s?!.,;:()]+/g) || [],
      found = new Set();
    for (let at = 0; at < words.length; at++) {
      for (let n = Math.min(5, words.length - at); n > 0; n--) {
        const known = engine.known(words.slice(at, at + n).join(" "));
        if (known.length !== 1) continue;
        found.add(known[0]);
        at += n - 1;
        break;
      }
    }
    return [...found];
  }

  // Normalised spelling → identifiers of the classes that answer to it; a label beats a synonym.
  const spellings = kg.once(() => {
    const found = new Map();
    for (const t of kg.objects.terms.values()) {
      [t.label, ...t.synonyms].forEach((spelling, i) => {
        const key = normal(spelling) || spelling,
          rank = i ? 1 : 0;
        if (!found.has(key)) found.set(key, [[], []]);
        if (!found.get(key)[rank].includes(t.id)) found.get(key)[rank].push(t.id);
      });
    }
    return new Map([...found].map(([key, [labels, synonyms]]) => [key, labels.length ? labels : synonyms]));
  });

  function nearTerms(o, text) {
    const close = engine.closest(normal(text), [...spellings().keys()], 3, 0.7);
    const names = close.flatMap((key) =>
      spellings()
        .get(key)
        .map((id) => o.terms.get(id).name)
    );
    return [...new Set([...engine.nearest(text), ...names])].slice(0, 3);
  }

  // The class that a name, label, synonym or identifier stands for; entities first.
  function termOf(o, text) {
    text = text.trim();
    if (engine.entities.has(text)) return o.terms.get(engine.entities.get(text).id);
    const all = [...o.terms.values()],
      low = text.toLowerCase();
    const found =
      all.find((t) => t.id.toLowerCase() === low) ||
      all.find((t) => t.kind === "defined class" && t.label.toLowerCase() === low);
    if (found) return found;
    try {
      return o.terms.get(engine.entities.get(engine.resolve(text)).id);
    } catch (error) {
      if (!error.isMissing) throw error;
      const ids = spellings().get(normal(text) || text) || [];
      if (!ids.length) throw missing(text, nearTerms(o, text));
      if (ids.length === 1) return o.terms.get(ids[0]);
      const names = ids.map((id) => o.terms.get(id).name),
        told = ids.map((id, i) => `${names[i]} (${id})`).join(", ");
      throw refused(`${repr(text)} names ${ids.length} entities; pass one of their names: ${told}`, {
        nearest: names
      });
    }
  }

  // The verbs and the little words of a question, as in kg/web/objects.py.
  const LOWERS = /^(reduc|lower|decreas|less|suppress|inhibit|attenuat|ameliorat|dampen|prevent|calm)/i;
  const RAISES = /^(increas|rais|promot|induc|enhanc|boost|improv|restor|support|more)/i;
  const VERB = new RegExp(
    "\\b(?:reduc|lower|decreas|suppress|inhibit|attenuat|ameliorat|dampen|prevent|calm|increas|rais|" +
      "promot|induc|enhanc|boost|improv|restor|support|affect|act|chang|influenc|do(?:es)?)\\w*\\b",
    "gi"
  );
  const PEOPLE = {mice: "mouse", people: "human", humans: "human", patients: "human", rats: "rat"};

  function question(text) {
    const words = text
      .trim()
      .replace(/[?!.]+$/, "")
      .replace(/^(how|why|what)\b\s*/i, "")
      .replace(/^(do|does|did|can|could|would|will)\b\s*/i, "");
    const verb = [...words.matchAll(VERB)].find((m) => m.index > 0);
    if (!verb) return null;
    const after = words
      .slice(verb.index + verb[0].length)
      .trim()
      .replace(/^(on|to|in|the)\s+/i, "");
    const [target, ...rest] = after.split(/\b(through|via|by way of|without|avoiding|in)\b/i);
    const found = {source: words.slice(0, verb.index).trim(), target: target.trim()};
    for (let i = 0; i + 1 < rest.length; i += 2) {
      const word = rest[i].toLowerCase(),
        value = rest[i + 1].trim().replace(/^(the|a|an)\s+/i, "");
      if (word !== "in") {
        found[word === "without" || word === "avoiding" ? "avoid" : "via"] = value;
        continue;
      }
      const name = PEOPLE[value.toLowerCase()] || value,
        known = engine.known(value);
      if (kg.engineData.choices.species.includes(name)) found.species = name;
      else if (known.length && engine.entities.get(known[0]).category === "disease") found.disease = known[0];
      else return null;
    }
    for (const name of ["source", "target", "via", "avoid"]) {
      if (!(name in found)) continue;
      const known = engine.known(found[name]);
      if (known.length !== 1) return null;
      found[name] = known[0];
    }
    if (LOWERS.test(verb[0])) found.sign = "-";
    else if (RAISES.test(verb[0])) found.sign = "+";
    return found;
  }

  const paperHead = ({id, title, journal, year, kind, url, status}) => ({
    id,
    title,
    journal,
    year,
    kind,
    url,
    status
  });

  function search(o, text) {
    text = text.trim();
    const known = new Set(engine.known(text)),
      named = find(o, text),
      hits = named.length ? named : mapped(o, text);
    hits.sort((a, b) => known.has(b.name) - known.has(a.name));
    const words = text
      .toLowerCase()
      .replace(/^https:\/\/doi\.org\//, "")
      .replace(/^pmid:/, "")
      .replace(/^doi:/, "")
      .trim();
    const papers = words
      ? [...o.papers.values()].filter(
          (p) =>
            p.title.toLowerCase().includes(words) || [p.pmid, (p.doi || "").toLowerCase()].includes(words)
        )
      : [];
    const asked = question(text);
    return {
      question: asked,
      entities: hits.slice(0, 20).map((h) => ({...h, n_statements: o.touching.get(h.name) || 0})),
      n_entities: hits.length,
      papers: papers.slice(0, 20).map(paperHead),
      n_papers: papers.length,
      near: hits.length || papers.length || asked ? [] : nearTerms(o, text),
      understood: hits.length || papers.length || asked ? [] : recognised(text)
    };
  }

  function paper(o, given) {
    const wanted = given.trim().replace(/^https:\/\/doi\.org\//, ""),
      [, kind, rest] = /^(?:(pmid|doi):)?([^]*)$/i.exec(wanted);
    const bare = rest.trim().toLowerCase();
    const found =
      bare && [...o.papers.values()].find((p) => p.pmid === bare || (p.doi || "").toLowerCase() === bare);
    if (!found && (kind || /^10\.\d{4,9}\/\S+$/.test(bare))) {
      throw refused(`no paper ${repr(given)} is in the graph; \`kg find TEXT\` looks for entities`);
    }
    if (!found) throw missing(given, []);
    return {...found, lines: found.lines.map((row) => ({...o.lines.get(row.id), ...row, paper: found.id}))};
  }

  // Path questions ----------------------------------------------------------------------------------

  const head = ({id, subject, object, kind, words}) => ({id, subject, object, kind, words});

  const countedOf = (o, id) =>
    o.statements
      .get(id)
      .lines.map((l) => o.lines.get(l))
      .filter((l) => l.counts);

  // What a page shows beside paths. Conflicts are those of the whole graph that touch a step shown.
  async function answer(given) {
    const {limit: most, ...rest} = given,
      limit = whole({limit: most}, "limit", 1, 300, 60);
    const o = await loaded(),
      q = engine.read(rest),
      line = engine.line(q),
      found = engine.find(q);
    const shown = found.found.slice(0, limit),
      paths = shown.map((p) => engine.pathData(p, found.asked.reasons));
    const msc = engine.entities.has("MSC") ? engine.matching("MSC", {products: true}) : new Map(),
      at = new Map();
    for (const p of paths) p.entities.forEach((n, i) => at.set(n, new Set([...(at.get(n) || []), i])));
    const entities = Object.fromEntries(
      [...at].map(([n, places]) => {
        const {category, id, label} = engine.entities.get(n);
        return [n, {category, id, label, msc: msc.has(n), positions: [...places].sort((a, b) => a - b)}];
      })
    );
    const ids = new Set(),
      statements = {};
    shown.forEach((p, n) =>
      p.steps.forEach((s, i) => {
        const id = paths[n].steps[i].statement_id,
          counted = countedOf(o, s.from);
        ids.add(id);
        statements[id] = {
          lines: s.kept.map((k) => counted[k]),
          n_sources: s.nSources,
          mark: paths[n].steps[i].sign,
          words: s.predicate,
          reverse: reverseOf(o, paths[n].steps[i])
        };
      })
    );
    const nulls = nullsOf(o, q),
      isInside = (s) =>
        at.has(s.subject) &&
        at.has(s.object) &&
        Math.min(...at.get(s.subject)) < Math.max(...at.get(s.object));
    const isBetween = (s) =>
      found.asked.sources.has(s.subject) && found.asked.targets.has(s.object) && !isInside(s);
    const fallen = q.without.length ? fall(q) : [];
    return {
      asked: line,
      n: found.found.length,
      n_coherent: found.found.filter(engine.isWhole).length,
      at_most: found.atMost,
      paths,
      entities,
      statements,
      nulls: [...nulls.filter(isInside), ...nulls.filter(isBetween)],
      conflicts: o.conflict_order
        .map((id) => o.conflicts.get(id))
        .filter((c) => c.statements.some((id) => ids.has(id)))
        .map(head),
      counted_as: q.disease && !q.exact_disease ? o.counted_as.get(engine.resolve(q.disease)) : {},
      fallen: fallen
        .slice(0, 20)
        .map((p) => ({
          sentence: engine.pathData(p, new Map()).sentence,
          sign: p.sign > 0 ? "+" : p.sign < 0 ? "-" : "?"
        })),
      n_fallen: fallen.length,
      why_empty: found.found.length ? null : whyEmpty(q, found),
      sparql: null,
      python: `import kg\ng = kg.load()\nanswer = g.paths(${repr(line)})\n`,
      command: `kg paths ${line}`
    };
  }

  // Supported statements between the same ends that say the reverse.
  function reverseOf(o, {subject, object, sign}) {
    if (sign === "?") return [];
    return (o.between.get(`${subject}\0${object}`) || [])
      .filter((s) => s.n_supports && s.sign === (sign === "+" ? "-" : "+"))
      .map((s) => ({id: s.statement_id, words: s.words, papers: s.n_papers_for}));
  }

  // The paths that a blockade takes away.
  function fall(q) {
    const blocked = new Set(q.without.flatMap((name) => [...engine.among(name).keys()]));
    return engine
      .find({...q, without: []})
      .found.filter((p) => [p.steps[0].subject, ...p.steps.map((s) => s.object)].some((n) => blocked.has(n)));
  }

  // Statements of which the lines that count found no effect, and nothing else; most papers first.
  function nullsOf(o, q) {
    const found = engine.nulls(q).map(({id, kept, balance, level}) => {
      const s = o.statements.get(id),
        {brief} = s,
        counted = countedOf(o, id),
        lines = kept.map((k) => counted[k]);
      if (lines.length === s.lines.length) return brief;
      const values = (of) => [...new Set(lines.map(of).filter(Boolean))].sort(less);
      return {
        ...brief,
        mark: "0",
        words: `${brief.subject} ─no effect on→ ${brief.object}`,
        n_supports: 0,
        n_disputes: 0,
        n_no_effect: lines.length,
        n_papers_for: 0,
        findings: lines.slice(0, 3).map((l) => l.finding),
        belief: 0,
        belief_range: [0, 0],
        belief_without_strongest: 0,
        rung: "",
        level,
        balance,
        tests: [],
        papers: values((l) => l.paper.id),
        diseases: values((l) => l.disease),
        species: values((l) => l.species),
        years: [...new Set(lines.map((l) => l.paper.year))].filter(Boolean).sort((a, b) => a - b)
      };
    });
    return found.sort(
      (a, b) => b.papers.length - a.papers.length || less(a.subject, b.subject) || less(a.object, b.object)
    );
  }

  // Which end or constraint leaves nothing, and the nearest question that has an answer.
  const CONTEXT = ["disease", "exact_disease", "species", "product", "tissue", "route", "rung", "until"];
  const told = (value) => (value === true ? "True" : String(value));
  function whyEmpty(q, empty) {
    const [source, target] = q.pattern.length ? [q.pattern[0], q.pattern.at(-1)] : [q.source, q.target];
    const count = (asked) => engine.find(asked).found.length,
      has = (x) => x !== undefined && x !== null && x !== false;
    const context = CONTEXT.filter((name) => has(q[name]))
      .map((name) => `--${name} ${told(q[name])}`)
      .join(" ");
    for (const [end, wanted] of [
      [source, empty.asked.sources],
      [target, empty.asked.targets]
    ]) {
      if (empty.involves(wanted)) continue;
      const start = `no statement involves ${repr(end)}` + (context ? ` with ${context}` : "");
      const freed = {...q, ...Object.fromEntries([...CONTEXT, "top"].map((name) => [name, null]))},
        n = context ? count(freed) : 0;
      return n ? `${start}\nnearest question with an answer (${n} paths): ${engine.line(freed)}` : start;
    }
    const single = freed(q)
      .map(([option, asked]) => [option, count({...asked, top: null}), {...asked, top: null}])
      .filter(([, n]) => n);
    if (single.length) {
      const nearest = [...single].sort((a, b) => a[1] - b[1] || less(a[0], b[0]))[0][2];
      return (
        "no path keeps every constraint; there would be " +
        `${single.map(([option, n]) => `${n} without ${option}`).join(", ")}\n` +
        `nearest question with an answer: ${engine.line(nearest)}`
      );
    }
    const length = empty.asked.maxLength,
      wider = [{bridged: true}, {products: true}, {inherited: true}, {bridged: true, products: true}];
    if (!q.pattern.length && q.max_length < 6) wider.push({max_length: q.max_length + 1});
    for (const more of wider) {
      const asked = {...q, top: null, ...more},
        n = count(asked);
      if (n)
        return (
          `no path of at most ${length} steps\n` +
          `nearest question with an answer (${n} paths): ${engine.line(asked)}`
        );
    }
    const bare = engine.read({source, target, max_length: length}),
      n = count(bare);
    if (n) {
      return (
        `no path keeps every constraint, nor all but one; without any there are ${n}\n` +
        `nearest question with an answer: ${engine.line(bare)}`
      );
    }
    return `no path of at most ${length} steps; try a larger --max-length or --products`;
  }

  // The question with one constraint less, for each constraint, and what was dropped.
  function freed(q) {
    const found = [];
    for (const name of ["via", "avoid", "without", "at", "predicate"]) {
      q[name].forEach((value, i) => {
        const what = name === "at" ? `${value[0]}=${value[1]}` : value;
        found.push([`--${name} ${what}`, {...q, [name]: q[name].filter((_, j) => j !== i)}]);
      });
    }
    for (const name of ["sign", "test", "min_belief", ...CONTEXT]) {
      const value = q[name];
      if (value === undefined || value === null || (name === "exact_disease" && !value)) continue;
      const option = name === "tissue" ? "--source" : "--" + name.replace(/_/g, "-");
      found.push([
        `${option} ${name === "min_belief" && Number.isInteger(value) ? value + ".0" : told(value)}`,
        {...q, [name]: null}
      ]);
    }
    return q.coherent ? [...found, ["--coherent", {...q, coherent: false}]] : found;
  }

  // Addresses ---------------------------------------------------------------------------------------

  function conflicts(o, given) {
    for (const [value, what, known] of [
      [given.axis, "axis", o.conflict_axes],
      [given.kind, "kind of conflict", o.conflict_kinds]
    ]) {
      if (value !== undefined && !known.includes(value))
        throw refused(`${repr(value)} is no ${what}; one of ${known.join(", ")}`);
    }
    const all = o.conflict_order
      .map((id) => o.conflicts.get(id))
      .filter(
        (c) =>
          (!given.axis || given.axis in c.axes || c.adjudication.axes.includes(given.axis)) &&
          (!given.kind || c.kind === given.kind) &&
          !(isSet(given.unexplained) && c.adjudication.how !== "unexplained")
      );
    const plain = ({explained, ...c}) => c;
    if (given.entity === undefined) return all.map(plain);
    const one = all.filter((c) => c.id === given.entity);
    const wanted = one.length ? null : engine.matching(engine.resolve(given.entity));
    return (one.length ? one : all.filter((c) => wanted.has(c.subject) || wanted.has(c.object))).map(plain);
  }

  function trials(o, given) {
    const allowed =
      given.disease === undefined
        ? null
        : new Set(engine.diseasesAs(given.disease, isSet(given.exact_disease)));
    const agents =
      given.agent === undefined ? null : engine.matching(engine.resolve(given.agent), {products: true});
    const until = whole(given, "until", 1900, 2200, Infinity);
    const keeps = (x) =>
      (!allowed || allowed.has(x.disease)) &&
      (!agents || agents.has(x.agent)) &&
      (!isSet(given.unmet) || x.unmet) &&
      (!isSet(given.safety) || x.harm);
    return o.trials
      .filter((t) => !(t.year > until))
      .map((t) => ({...t, outcomes: t.outcomes.filter(keeps)}))
      .filter((t) => t.outcomes.length);
  }

  function hypotheses(o, given) {
    if (whole(given, "max_length", 2, 4, 3) !== 3)
      throw refused("hypotheses by paths of other lengths than 3 need the server: kg serve");
    for (const name of ["target", "disease", "species", "category", "min_rung", "until"]) {
      if (given[name] !== undefined)
        throw refused(`hypotheses by ${name} need the server: kg serve; here is the list for MSCs, by kind`);
    }
    if (given.source !== undefined && engine.resolve(given.source) !== "MSC")
      throw refused("hypotheses that start from other things than MSCs need the server: kg serve");
    const limit = whole(given, "limit", 1, 200, 20);
    const path = ([score, ids]) => {
      const {matched, ...data} = engine.pathData(engine.pathOf(ids, score), new Map());
      return data;
    };
    return o.hypotheses
      .filter((x) => given.kind === undefined || x.kind === given.kind)
      .slice(0, limit)
      .map((x) => ({...x, supporting: x.supporting.map(path), dissenting: x.dissenting.map(path)}));
  }

  const addresses = {
    start: () => kg.startObject,
    stats: (o) => o.stats,
    queries: (o) => o.queries,
    find: (o, _, given) => find(o, needed(given, "q")),
    search: (o, _, given) => search(o, needed(given, "q")),
    entity: (o, name) => {
      const e = o.entities.get(engine.resolve(name));
      const whole = (part) => e[part].map((i) => o.briefs[i]);
      return {
        ...e,
        statements: whole("statements"),
        in_disease: whole("in_disease"),
        below: whole("below"),
        trials: e.trials.map((i) => o.trial_rows[i])
      };
    },
    statement: (o, id) => {
      const s = o.statements.get(id);
      if (!s) throw refused(`no statement has the id ${repr(id)}; \`kg show ENTITY\` lists ids`);
      const {brief, ...own} = s;
      return {
        ...brief,
        ...own,
        lines: s.lines.map((l) => o.lines.get(l)),
        opposite: s.opposite.map((i) => o.briefs[i])
      };
    },
    paper,
    conflicts: (o, _, given) => conflicts(o, given),
    conflict: (o, id) => {
      const c = o.conflicts.get(id);
      if (!c) throw missing(id, []);
      const side = (x) => ({...x, evidence: x.lines.map((l) => o.lines.get(l))});
      return {...c, one: side(c.one), other: side(c.other)};
    },
    trials: (o, _, given) => trials(o, given),
    hypotheses: (o, _, given) => hypotheses(o, given),
    ontology: (o, name) => (name ? termOf(o, name) : o.roots),
    cell: (o, _, given) => {
      const disease = needed(given, "disease"),
        mechanism = needed(given, "mechanism"),
        {grid} = kg.startObject;
      for (const [value, rows, what] of [
        [disease, grid.diseases, "disease"],
        [mechanism, grid.mechanisms, "mechanism"]
      ]) {
        if (!Object.hasOwn(rows, value))
          throw refused(`${repr(value)} is no ${what} of the grid; one of ${Object.keys(rows).join(", ")}`);
      }
      const [n, ids] = o.cells.get(`${disease}|${mechanism}`) || [0, []];
      return {disease, mechanism, n_lines: n, statements: ids.map((i) => o.briefs[i])};
    },
    paths: (_, __, given) => engine.paths(given),
    answer: (_, __, given) => answer(given),
    sparql: (_, __, given) => kg.query(String(given.query ?? given.q ?? ""))
  };

  kg.api = async function (address, given) {
    const [name, ...rest] = address.split("/");
    if (!Object.hasOwn(addresses, name))
      throw new Error("This view needs the server: pip install msc-kg, then kg serve.");
    const alone = ["start", "paths", "answer", "sparql"].includes(name);
    return addresses[name](alone ? null : await loaded(), rest.join("/"), parameters(given));
  };
  kg.paths = async (question) => engine.paths(question);

  // What the first page does not need is fetched once it stands.
  setTimeout(() => loaded().catch(() => {}), 500);
})(window.kg);
