"use strict";
// Path questions answered in the page: the same paths, scores and beliefs as `kg paths --json`.
// A port of kg.mechanism.belief, kg.mechanism.paths and the small engine; a test holds both to the same answers.
(function (kg) {
  const AXES = ["species", "disease", "model", "phase"];
  const EFFECT = {1: "promotes", [-1]: "counteracts", 0: "has an unknown effect on"};
  const MARK = {1: "+", [-1]: "-", 0: "?"}, NUMBER = {"+": 1, "-": -1, "?": 0, "−": -1, plus: 1, minus: -1, unknown: 0};
  const round = (x, n) => Number(x.toFixed(n));
  const sorted = (items) => [...new Set(items)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const product = (items) => items.reduce((a, b) => a * b, 1);

  // Names -----------------------------------------------------------------------------------------

  const GREEK = {α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", ζ: "zeta", η: "eta", θ: "theta", ι: "iota", κ: "kappa", λ: "lambda", μ: "mu", ν: "nu", ξ: "xi", ο: "omicron", π: "pi", ρ: "rho", σ: "sigma", ς: "sigma", τ: "tau", υ: "upsilon", φ: "phi", χ: "chi", ψ: "psi", ω: "omega"};
  const normalise = (text) => [...text.normalize("NFKC").toLowerCase()].map((c) => GREEK[c] || c).join("").replace(/[^\p{L}\p{N}]/gu, "");

  function variants(text) {
    const bases = [text, text.replace(/^(?:hsa|mmu|rno|ssc)-(?=miR|let|mir)/, ""), text.replace(/\bmesenchymal (?:stem|stromal|stem\/stromal)(?: cells?)?\b/gi, "MSC")];
    return bases.flatMap((t) => (/[^sui]s$/.test(t) && t.length > 3 ? [t, ...(t.endsWith("ies") ? [t.slice(0, -3) + "y"] : /(sses|shes|ches|xes)$/.test(t) ? [t.slice(0, -2)] : []), t.slice(0, -1)] : [t]));
  }

  kg.engine = function (data) {
    const byId = new Map(Object.entries(data.entities).map(([name, e]) => [e.id.toLowerCase(), name]));

    function known(text) {
      text = text.trim();
      if (data.entities[text]) return [text];
      if (byId.has(text.toLowerCase())) return [byId.get(text.toLowerCase())];
      for (const spelled of variants(text)) {
        const found = data.spellings[normalise(spelled) || spelled];
        if (found) return found;
      }
      return [];
    }

    function nearest(text) {
      const wanted = normalise(text);
      const inside = Object.keys(data.entities).filter((n) => wanted.length > 2 && normalise(n).includes(wanted)).sort((a, b) => a.length - b.length);
      const pairs = (t) => new Set([...t].slice(1).map((c, i) => t[i] + c)), mine = pairs(wanted);
      const like = Object.entries(data.spellings).map(([key, names]) => { const other = pairs(key); let shared = 0; for (const p of mine) if (other.has(p)) shared += 1; return [2 * shared / (mine.size + other.size || 1), names]; })
        .filter(([close]) => close >= 0.6).sort((a, b) => b[0] - a[0]).flatMap(([, names]) => names);
      return [...new Set([...inside.slice(0, 5), ...like])].slice(0, 3);
    }

    function matching(name, options) {
      const found = {[name]: ""}, todo = [name];
      while (todo.length) {
        const here = todo.shift(), reached = [];
        if (!options.exact) for (const low of data.below[here] || []) reached.push([low, `${low} is a kind of ${here}`]);
        if (options.products) for (const [p, link] of data.products[here] || []) reached.push([p, `${p} ${link} ${here}`]);
        for (const [low, why] of reached) if (!(low in found)) { found[low] = found[here] ? `${why}, ${found[here]}` : why; todo.push(low); }
      }
      return found;
    }

    function resolve(text) {
      const names = known(text);
      if (names.length === 1) return names[0];
      if (names.length) throw Object.assign(new Error(`${JSON.stringify(text)} may be ${names.join(" or ")}`), {nearest: names});
      const near = nearest(text);
      throw Object.assign(new Error(`no entity is called '${text}'` + (near.length ? `; did you mean '${near[0]}'?` : "")), {nearest: near});
    }

    function among(name, options) {
      if (name === "*") return Object.fromEntries(Object.keys(data.entities).map((n) => [n, ""]));
      try { return matching(resolve(name), options); } catch (error) {
        const group = name.trim(), wanted = group.toLowerCase();
        const defined = data.defined.find((d) => d.label.toLowerCase() === wanted || d.id.toLowerCase() === wanted);
        if (defined) return Object.fromEntries(defined.members.map((n) => [n, `${n} is in the class ${defined.label}`]));
        const kinds = group === "mediator" ? data.molecules : [group];
        const found = Object.entries(data.entities).filter(([, e]) => kinds.includes(e.category)).map(([n, e]) => [n, `${n} is a ${e.category}`]);
        if (found.length) return Object.fromEntries(found);
        throw error;
      }
    }

    // Belief --------------------------------------------------------------------------------------

    // A line: [direction, paper, group, year, test, rung, disease, species, agent, product, source, route, systematic, random, open product, open source, contexts]
    const D = 0, PAPER = 1, GROUP = 2, YEAR = 3, TEST = 4, RUNG = 5, DISEASE = 6, SPECIES = 7, AGENT = 8, PRODUCT = 9, SOURCE = 10, ROUTE = 11, SYS = 12, RAND = 13, OPEN_PRODUCT = 14, OPEN_SOURCE = 15, CONTEXTS = 16;
    const RELEVANCE = [[DISEASE, data.relevance[0]], [OPEN_PRODUCT, data.relevance[1]], [OPEN_SOURCE, data.relevance[2]]];

    function relevance(line, others) {
      if (!others.length) return 1;
      let found = 1;
      for (const [axis, factor] of RELEVANCE) {
        const mine = line[axis];
        if (mine !== null && others.every((o) => o[axis] !== null && o[axis] !== mine)) found *= factor;
      }
      return found;
    }

    function sources(lines, against) {
      const relevant = new Map(), groups = new Map();
      if (against) for (const l of lines) relevant.set(l[GROUP], Math.max(relevant.get(l[GROUP]) || 0, relevance(l, against)));
      for (const l of lines) {
        if (!groups.has(l[GROUP])) groups.set(l[GROUP], new Map());
        const papers = groups.get(l[GROUP]), old = papers.get(l[PAPER]);
        if (!old || l[SYS] + l[RAND] < old[0] + old[1]) papers.set(l[PAPER], [l[SYS], l[RAND]]);
      }
      return [...groups].map(([group, papers]) => {
        const errors = [...papers.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        const wrong = Math.min(1, errors[0][0] + product(errors.map((e) => e[1])));
        return against && against.length ? Math.pow(wrong, relevant.get(group) ?? 1) : wrong;
      }).sort((a, b) => a - b);
    }

    const value = (forIt, against) => (forIt <= 0 ? 0 : (1 - Math.exp(-forIt)) * forIt / (forIt + against));
    const weight = (wrongs) => -wrongs.map(Math.log).reduce((a, b) => a + b, 0);

    // Python's generator (MT19937, seeded with 0), since intervals of many sources are sampled with it.
    function generator() {
      const mt = new Uint32Array(624);
      mt[0] = 19650218;
      for (let i = 1; i < 624; i++) mt[i] = Math.imul(1812433253, mt[i - 1] ^ (mt[i - 1] >>> 30)) + i;
      let i = 1;
      for (let k = 624; k; k--) { mt[i] = (mt[i] ^ Math.imul(mt[i - 1] ^ (mt[i - 1] >>> 30), 1664525)) >>> 0; i++; if (i >= 624) { mt[0] = mt[623]; i = 1; } }
      for (let k = 623; k; k--) { mt[i] = ((mt[i] ^ Math.imul(mt[i - 1] ^ (mt[i - 1] >>> 30), 1566083941)) - i) >>> 0; i++; if (i >= 624) { mt[0] = mt[623]; i = 1; } }
      mt[0] = 0x80000000;
      let at = 624;
      const next = () => {
        if (at >= 624) {
          for (let k = 0; k < 624; k++) { const y = (mt[k] & 0x80000000) | (mt[(k + 1) % 624] & 0x7fffffff); mt[k] = mt[(k + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0); }
          at = 0;
        }
        let y = mt[at++];
        y ^= y >>> 11; y ^= (y << 7) & 0x9d2c5680; y ^= (y << 15) & 0xefc60000; y ^= y >>> 18;
        return y >>> 0;
      };
      return () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
    }

    function poisson(mean) {
      const found = []; let total = 0, factorial = 1;
      while (1 - total > 1e-6) { const n = found.length; if (n) factorial *= n; found.push(Math.exp(-mean) * Math.pow(mean, n) / factorial); total = found.reduce((a, b) => a + b, 0); }
      return found;
    }

    const intervals = new Map();
    function interval(supporting, opposing) {
      const key = supporting.join() + "|" + opposing.join();
      if (intervals.has(key)) return intervals.get(key);
      const counts = new Map();
      for (const [list, supports] of [[supporting, 1], [opposing, 0]]) for (const w of list) { const k = Math.log(w) + "|" + supports; counts.set(k, (counts.get(k) || 0) + 1); }
      const kinds = [...counts].map(([k, n]) => { const [log, supports] = k.split("|").map(Number); return {log, supports, n}; }).sort((a, b) => a.log - b.log || a.supports - b.supports);
      const chances = kinds.map((k) => poisson(k.n)), found = [];
      const one = (drawn) => { let f = 0, a = 0; drawn.forEach((n, i) => { if (kinds[i].supports) f += n * kinds[i].log; else a += n * kinds[i].log; }); return value(-f, -a); };
      if (product(chances.map((c) => c.length)) <= data.listed) {
        const drawn = chances.map(() => 0);
        (function each(i, chance) { if (i === chances.length) { found.push([one(drawn), chance]); return; } for (let n = 0; n < chances[i].length; n++) { drawn[i] = n; each(i + 1, chance * chances[i][n]); } })(0, 1);
      } else {
        const random = generator();
        for (let r = 0; r < data.resamples; r++) found.push([one(chances.map((c) => { let at = random(); for (let n = 0; n < c.length; n++) { at -= c[n]; if (at < 0) return n; } return c.length - 1; })), 1 / data.resamples]);
      }
      found.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      const total = found.reduce((a, b) => a + b[1], 0), tail = (1 - data.level) / 2;
      const percentile = (share) => { let reached = 0; for (const [v, c] of found) { reached += c; if (reached >= share - 1e-12) return v; } return found[found.length - 1][0]; };
      const made = [round(percentile(tail * total), 4), round(percentile((1 - tail) * total), 4)];
      intervals.set(key, made);
      return made;
    }

    // Steps ---------------------------------------------------------------------------------------

    const CLOSED = {species: "species", product: "product", tissue: "tissue", route: "route", rung: "rung", test: "test"};
    function checked(q) {
      for (const name of Object.keys(CLOSED)) if (q[name] !== undefined && q[name] !== "" && !data.choices[name].includes(q[name])) throw new Error(`'${q[name]}' is no ${name} here; one of ${data.choices[name].join(", ")}`);
    }

    function keeps(q) {
      const tests = [];
      if (q.disease) {
        const name = resolve(q.disease);
        if (data.entities[name].category !== "disease") throw new Error(`'${name}' is of category ${data.entities[name].category}, not a disease; try it as source or target`);
        const allowed = new Set(q.exactDisease ? [name] : data.diseases[name] || [name]);
        tests.push((l) => allowed.has(l[DISEASE]));
      }
      if (q.species) tests.push((l) => l[SPECIES] === q.species);
      if (q.rung) { const low = data.rungs.indexOf(q.rung); tests.push((l) => l[RUNG] >= low); }
      for (const [name, column] of [["product", PRODUCT], ["tissue", SOURCE], ["route", ROUTE]]) if (q[name]) tests.push((l) => !l[AGENT] || l[column] === q[name]);
      if (q.until) tests.push((l) => l[YEAR] <= Number(q.until));
      return tests.length ? (l) => tests.every((t) => t(l)) : null;
    }

    function step(row, keep) {
      const lines = keep ? row.lines.filter(keep) : row.lines, supports = lines.filter((l) => l[D] === 0);
      if (!supports.length) return null;
      const against = lines.filter((l) => l[D] !== 0), wrong = sources(supports), wrongAgainst = sources(against, supports);
      const contexts = AXES.map((_, axis) => {
        if (supports.some((l) => l[CONTEXTS][axis] === null)) return null;
        return new Set(supports.flatMap((l) => l[CONTEXTS][axis]));
      });
      const rung = Math.max(...supports.map((l) => l[RUNG]));
      return {...row, supports, against, contexts, rung, wrong, wrongAgainst, belief: round(value(weight(wrong), weight(wrongAgainst)), 4),
        papers: sorted(supports.map((l) => l[PAPER])), species: sorted(supports.map((l) => l[SPECIES]).filter(Boolean)), diseases: sorted(supports.map((l) => l[DISEASE]).filter(Boolean)),
        human: supports.some((l) => data.human.includes(l[RUNG]))};
    }

    const stepData = (s) => ({statement_id: s.id, subject: s.subject, predicate: s.predicate, sign: MARK[s.sign], object: s.object, papers: s.papers, belief: s.belief, belief_range: interval(s.wrong, s.wrongAgainst),
      rung: data.rungs[s.rung], level: data.levels[s.rung], species: s.species, diseases: s.diseases, n_supports: s.supports.length, n_against: s.against.length, inherited_from: null, bridged_by: null});

    // Questions -----------------------------------------------------------------------------------

    const many = (x) => (x === undefined || x === null || x === "" ? [] : Array.isArray(x) ? x : [x]);

    function question(q) {
      for (const name of ["inherited", "bridged", "diverse"]) if (q[name] && q[name] !== "0") throw new Error(`“${name}” needs the server: kg serve`);
      checked(q);
      const reasons = {}, is = (x) => x === true || x === "1" || x === "true";
      const names = (name, products) => { const found = among(name, {exact: is(q.exact), products}); for (const [n, why] of Object.entries(found)) if (why) reasons[n] = why; return new Set(Object.keys(found)); };
      if (q.sign !== undefined && q.sign !== "" && !(q.sign in NUMBER)) throw new Error(`sign '${q.sign}': write + or - or ?`);
      const pattern = !q.target && String(q.source || "").includes(">") ? q.source.split(">").map((p) => p.trim()) : null;
      const source = pattern ? pattern[0] : q.source, target = pattern ? pattern[pattern.length - 1] : q.target;
      if (!source || !target) throw new Error("give source and target");
      const maxLength = pattern ? pattern.length - 1 : Number(q.maxLength || q.max_length || 4);
      if (!(maxLength >= 1 && maxLength <= 8)) throw new Error(`--max-length ${maxLength}: choose 1 to 8 steps`);
      const at = [...(pattern ? pattern.map((n, i) => [i, n]).slice(1, -1) : []), ...many(q.at).map((t) => { const [place, ...name] = String(t).split("="); return [Number(place), name.join("=")]; })].filter(([, n]) => n !== "*").map(([place, n]) => [place, names(n)]);
      const sources = names(source, is(q.products)), targets = names(target), via = many(q.via).map((n) => names(n));
      const avoid = new Set([...many(q.avoid), ...many(q.without)].flatMap((n) => [...names(n)]));
      const kin = data.entities.MSC ? new Set(Object.keys(matching("MSC", {}))) : new Set();
      const named = [targets, ...via, ...at.map(([, s]) => s)];
      const noReturn = !is(q.loops) && [...sources].some((n) => kin.has(n)) && !named.some((s) => [...s].some((n) => kin.has(n))) ? kin : new Set();
      return {sources, targets, via, avoid, at, maxLength, isExact: Boolean(pattern), isCoherent: is(q.coherent), sign: q.sign ? NUMBER[q.sign] : null, noReturn, reasons,
        predicates: new Set(many(q.predicate)), test: q.test || null, minBelief: q.minBelief ?? q.min_belief ?? null};
    }

    function find(q) {
      const asked = question(q), keep = keeps(q);
      const steps = data.statements.map((row) => step(row, keep)).filter((s) => s && !asked.noReturn.has(s.object) && (!asked.predicates.size || asked.predicates.has(s.predicate))
        && (asked.minBelief === null || s.belief >= Number(asked.minBelief)) && (asked.test === null || s.supports.some((l) => l[TEST] === asked.test)));
      const order = (a, b) => { for (const k of ["subject", "object", "predicate"]) if (a[k] !== b[k]) return a[k] < b[k] ? -1 : 1; return MARK[a.sign] < MARK[b.sign] ? -1 : 1; };
      steps.sort(order);
      const out = new Map(), back = new Map();
      steps.forEach((s, i) => { s.arc = i; if (!out.has(s.subject)) out.set(s.subject, []); out.get(s.subject).push(s); if (!back.has(s.object)) back.set(s.object, []); back.get(s.object).push(s); });
      const damp = (n) => Math.pow(Math.max(1, (out.get(n) || []).length) * Math.max(1, (back.get(n) || []).length), -0.25);
      // How many steps a node is from a target, to take none in vain.
      const far = new Map([...asked.targets].filter((n) => !asked.avoid.has(n)).map((n) => [n, 0])), queue = [...far.keys()];
      while (queue.length) { const n = queue.shift(); for (const s of back.get(n) || []) if (!asked.avoid.has(s.subject) && !far.has(s.subject) && far.get(n) < asked.maxLength) { far.set(s.subject, far.get(n) + 1); queue.push(s.subject); } }
      const places = new Map();
      for (const [place, set] of asked.at) places.set(place, places.has(place) ? new Set([...places.get(place)].filter((n) => set.has(n))) : set);
      const may = (n, place) => !asked.avoid.has(n) && far.has(n) && far.get(n) <= asked.maxLength - place && (!places.has(place) || places.get(place).has(n));
      const found = [], seen = new Set(), walk = [];
      const met = () => asked.via.every((set) => walk.slice(0, -1).some((s) => set.has(s.object)));
      const coherent = (axis) => { let common = null; for (const s of walk) { const c = s.contexts[axis]; if (c === null) continue; common = common === null ? c : new Set([...common].filter((v) => c.has(v))); if (!common.size) return false; } return true; };
      const take = () => {
        if (asked.isExact && walk.length !== asked.maxLength) return;
        const sign = product(walk.map((s) => s.sign));
        if (asked.sign !== null && sign !== asked.sign) return;
        if (!met()) return;
        const whole = AXES.map((_, axis) => coherent(axis));
        if (asked.isCoherent && !whole.every(Boolean)) return;
        let score = 1;
        walk.forEach((s, i) => { score *= s.belief; if (i < walk.length - 1) score *= damp(s.object); });
        whole.forEach((ok, axis) => { if (!ok) score *= data.agreement[axis]; });
        found.push({steps: [...walk], score: round(score, 9), sign});
        if (found.length > 200000) throw new Error("too many paths for this page; add a condition, or ask the server");
      };
      (function start() {
        for (const first of sorted(asked.sources)) {
          if (!may(first, 0)) continue;
          seen.add(first); grow(first, 0); seen.delete(first);
        }
      })();
      function grow(node, depth) {
        for (const s of out.get(node) || []) {
          const n = s.object;
          if (seen.has(n) || !may(n, depth + 1)) continue;
          walk.push(s);
          if (asked.targets.has(n)) take();
          if (depth + 1 < asked.maxLength) { seen.add(n); grow(n, depth + 1); seen.delete(n); }
          walk.pop();
        }
      }
      found.sort((a, b) => { if (a.score !== b.score) return b.score - a.score; if (a.steps.length !== b.steps.length) return a.steps.length - b.steps.length; for (let i = 0; i < a.steps.length; i++) if (a.steps[i].arc !== b.steps[i].arc) return a.steps[i].arc - b.steps[i].arc; return 0; });
      return {asked, found: q.top ? found.slice(0, Number(q.top)) : found};
    }

    function coherence(steps) {
      const made = {};
      const shared = [], breaks = [];
      AXES.forEach((_, axis) => {
        let common = null, broken = null;
        for (let i = 0; i < steps.length; i++) { const c = steps[i].contexts[axis]; if (c === null) continue; common = common === null ? c : new Set([...common].filter((v) => c.has(v))); if (!common.size) { broken = i + 1; break; } }
        shared.push(sorted(common || [])); breaks.push(broken);
      });
      made.species = shared[0]; made.diseases = shared[1]; made.models = shared[2]; made.phases = shared[3];
      AXES.forEach((axis, i) => { made[axis + "_break"] = breaks[i]; });
      return made;
    }

    function pathData(p, reasons) {
      const steps = p.steps.map(stepData), entities = [p.steps[0].subject, ...p.steps.map((s) => s.object)];
      const weakest = Math.min(...p.steps.map((s) => s.rung)), papers = sorted(p.steps.flatMap((s) => s.papers));
      const told = [`${entities[0]} ${p.steps[0].predicate} ${entities[1]}`, ...p.steps.slice(1).map((s) => `which ${s.predicate} ${s.object}`)].join(", ");
      const count = `${papers.length} paper${papers.length === 1 ? "" : "s"}; weakest evidence: ${data.rungs[weakest] || "not stated"}`;
      return {sign: MARK[p.sign], belief: round(product(p.steps.map((s) => s.belief)), 6), belief_range: [round(product(steps.map((s) => s.belief_range[0])), 6), round(product(steps.map((s) => s.belief_range[1])), 6)], score: p.score,
        rung: data.rungs[weakest], human_share: round(p.steps.filter((s) => s.human).length / p.steps.length, 4), entities, species: sorted(p.steps.flatMap((s) => s.species)), papers, coherence: coherence(p.steps),
        sentence: p.steps.length === 1 ? `${told} (${count}).` : `${told}: so ${entities[0]} ${EFFECT[p.sign]} ${entities[entities.length - 1]} (${count}).`, steps,
        matched: sorted(entities.filter((n) => n in reasons).map((n) => reasons[n])).join("; ")};
    }

    const isWhole = (p) => { const c = coherence(p.steps); return AXES.every((axis) => !c[axis + "_break"]); };
    return {isWhole, known, nearest, resolve, among, matching, find, pathData, paths: (q) => { const {asked, found} = find(q); return found.map((p) => pathData(p, asked.reasons)); }};
  };
})(window.kg);
