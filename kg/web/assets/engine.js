"use strict";
// Path questions answered in the page: the same paths, scores and beliefs as `kg paths --json`.
//
// A port of kg.mechanism.{query,names,scope,belief,paths,answers} and of the small engine. What is costly or
// never changes is exported (`window.kg.engineData`, see kg/web/site.py); what depends on the question is
// worked out here. tests/test_web_engine.py holds both engines to the same answers and the same errors.
(function (kg) {
  const AXES = ["species", "disease", "model", "phase"];
  const EFFECT = {"+": "promotes", "-": "counteracts", "?": "has an unknown effect on"};
  const SIGNS = {"+": 1, plus: 1, "-": -1, "−": -1, minus: -1, "?": 0, unknown: 0};
  const MARK = (sign) => (sign > 0 ? "+" : sign < 0 ? "-" : "?");
  const TURNED = {1: "increases", [-1]: "decreases"};
  const LONGEST = 8,
    CAP = 1000000,
    FEW = 1000,
    DAMPING = -0.25,
    TAKEN_OVER = 0.8,
    SHARED = 0.5;

  const less = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = (items) => [...new Set(items)].sort(less);
  const product = (items) => items.reduce((a, b) => a * b, 1);
  const repr = (text) =>
    text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replace(/'/g, "\\'")}'`;
  const refused = (text, more) => Object.assign(new Error(text), more);

  // Numbers as Python has them ----------------------------------------------------------------------

  // Rounding to n digits, ties to even.
  function round(x, n) {
    const found = Number(x.toFixed(n)),
      part = Math.abs(x * 10 ** n) % 1;
    if (Math.abs(part - 0.5) > 1e-6) return found;
    const digits = Math.abs(x).toFixed(100),
      after = digits.slice(digits.indexOf(".") + 1 + n);
    if (!/^50*$/.test(after)) return found;
    const low = Math.floor(Math.abs(x) * 10 ** n);
    return (Math.sign(x) * (low % 2 ? low + 1 : low)) / 10 ** n;
  }

  // Browsers' exp, log and pow may be off in the last bit, which turns a rounded belief; these are computed
  // in pairs of doubles (Dekker 1971, doi 10.1007/BF01397083) and rounded once.
  const sum2 = (a, b) => {
    const s = a + b,
      t = s - a;
    return [s, a - (s - t) + (b - t)];
  };
  const split = (a) => {
    const c = 134217729 * a,
      high = c - (c - a);
    return [high, a - high];
  };
  function times2(a, b) {
    const p = a * b,
      [ah, al] = split(a),
      [bh, bl] = split(b);
    return [p, ah * bh - p + ah * bl + al * bh + al * bl];
  }
  function times([a, b], [c, d]) {
    const [p, e] = times2(a, c);
    return sum2(p, e + a * d + b * c);
  }
  function plus([a, b], [c, d]) {
    const [s, e] = sum2(a, c);
    return sum2(s, e + b + d);
  }
  const LN2 = [0.6931471805599453, 2.3190468138462996e-17];
  const FACTORIALS = (() => {
    // 1/n! as pairs
    const found = [[1, 0]];
    for (let n = 1; n < 28; n++) {
      const [a, b] = found[n - 1],
        q = a / n,
        [p, e] = times2(q, n);
      found.push(sum2(q, (a - p - e + b) / n));
    }
    return found;
  })();
  function exp2(x) {
    // e^x of a pair, as a pair
    const k = Math.round(x[0] / LN2[0]),
      r = plus(x, times(LN2, [-k, 0]));
    let found = FACTORIALS[27];
    for (let n = 26; n >= 0; n--) found = plus(times(found, r), FACTORIALS[n]);
    return [found[0] * 2 ** k, found[1] * 2 ** k];
  }
  function log2(x) {
    // ln x, as a pair
    const near = Math.log(x),
      left = plus(times(exp2([-near, 0]), [x, 0]), [-1, 0]);
    return sum2(near, left[0] + left[1]);
  }
  const kept = (make) => {
    const held = new Map();
    return (x) => {
      if (!held.has(x)) held.set(x, make(x));
      return held.get(x);
    };
  };
  const log = kept((x) => log2(x)[0]);
  const exp = (x) => exp2([x, 0])[0];
  const power = (x, p) => (p === 1 || x === 1 ? x : exp2(times(log2(x), [p, 0]))[0]);

  // First 12 hex digits of SHA-256, for the ids of statements that are taken over.
  function digest(...parts) {
    const primes = [],
      fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
    for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
    const k = primes.map((p) => fraction(Math.cbrt(p))),
      h = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
    const bytes = [...new TextEncoder().encode(parts.join("\x1f"))],
      bits = bytes.length * 8;
    bytes.push(0x80);
    while (bytes.length % 64 !== 56) bytes.push(0);
    for (let i = 7; i >= 0; i--) bytes.push(i > 3 ? 0 : (bits >>> (i * 8)) & 255);
    const turn = (x, n) => (x >>> n) | (x << (32 - n));
    for (let at = 0; at < bytes.length; at += 64) {
      const w = [];
      for (let i = 0; i < 64; i++) {
        if (i < 16) {
          const j = at + i * 4;
          w.push((bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3]);
          continue;
        }
        const a = w[i - 15],
          b = w[i - 2];
        const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3),
          s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
        w.push((w[i - 16] + s0 + w[i - 7] + s1) | 0);
      }
      let [a, b, c, d, e, f, g, z] = h;
      for (let i = 0; i < 64; i++) {
        const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25),
          one = (z + s1 + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
        const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22),
          two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        [z, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
      }
      [a, b, c, d, e, f, g, z].forEach((x, i) => {
        h[i] = (h[i] + x) | 0;
      });
    }
    return h
      .map((x) => (x >>> 0).toString(16).padStart(8, "0"))
      .join("")
      .slice(0, 12);
  }

  // Python's random numbers (MT19937, seeded with 0): intervals of many sources are sampled with them.
  function generator() {
    const mt = new Uint32Array(624);
    mt[0] = 19650218;
    for (let i = 1; i < 624; i++) mt[i] = Math.imul(1812433253, mt[i - 1] ^ (mt[i - 1] >>> 30)) + i;
    let i = 1;
    const next = () => {
      i++;
      if (i >= 624) {
        mt[0] = mt[623];
        i = 1;
      }
    };
    const before = () => mt[i - 1] ^ (mt[i - 1] >>> 30);
    for (let k = 624; k; k--) {
      mt[i] = mt[i] ^ Math.imul(before(), 1664525);
      next();
    }
    for (let k = 623; k; k--) {
      mt[i] = (mt[i] ^ Math.imul(before(), 1566083941)) - i;
      next();
    }
    mt[0] = 0x80000000;
    let at = 624;
    const drawn = () => {
      if (at >= 624) {
        for (let k = 0; k < 624; k++) {
          const y = (mt[k] & 0x80000000) | (mt[(k + 1) % 624] & 0x7fffffff);
          mt[k] = mt[(k + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
        }
        at = 0;
      }
      let y = mt[at++];
      y ^= y >>> 11;
      y ^= (y << 7) & 0x9d2c5680;
      y ^= (y << 15) & 0xefc60000;
      y ^= y >>> 18;
      return y >>> 0;
    };
    return () => ((drawn() >>> 5) * 67108864 + (drawn() >>> 6)) / 9007199254740992;
  }

  // Spellings ---------------------------------------------------------------------------------------

  const GREEK = Object.fromEntries(
    [..."αβγδεζηθικλμνξοπρσςτυφχψω"].map((letter, i) => [
      letter,
      (
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma " +
        "sigma tau " +
        "upsilon phi chi psi omega"
      ).split(" ")[i]
    ])
  );
  const unescaped = (text) =>
    text.replace(/&(?:#\w+|\w+);?/g, (found) => {
      if (typeof document === "undefined") return found;
      const box = document.createElement("textarea");
      box.innerHTML = found;
      return box.value;
    });
  const folded = (text) => text.toLowerCase().replace(/ß/g, "ss").replace(/ς/g, "σ");
  const normalise = (text) =>
    [...folded(unescaped(text).normalize("NFKC"))]
      .filter((c) => /[\p{L}\p{N}]/u.test(c))
      .map((c) => GREEK[c] || c)
      .join("");

  const PAIRS = [
    ["oedema", "edema"],
    ["haem", "hem"],
    ["tumour", "tumor"],
    ["fibre", "fiber"],
    ["leucocyte", "leukocyte"],
    ["anaemia", "anemia"],
    ["oesophag", "esophag"],
    ["foetal", "fetal"],
    ["isation", "ization"],
    ["signaling", "signalling"],
    ["remodeling", "remodelling"],
    ["labeling", "labelling"]
  ];
  function respelled(text) {
    const low = folded(text),
      found = [];
    for (const [one, other] of PAIRS) {
      for (const [old, fresh] of [
        [one, other],
        [other, one]
      ]) {
        if (!low.includes(old) || (low.includes(fresh) && fresh.includes(old))) continue;
        found.push(text.replace(new RegExp(old, "gi"), fresh));
      }
    }
    return found;
  }
  function singular(text) {
    if (!/[^sui]s$/.test(text) || text.length <= 3) return [];
    const stem = text.slice(0, -1);
    if (text.endsWith("ies")) return [text.slice(0, -3) + "y", stem];
    return /(?:sses|shes|ches|xes)$/.test(text) ? [text.slice(0, -2), stem] : [stem];
  }
  function variants(text) {
    const plain = text.replace(/^(?:hsa|mmu|rno|ssc)-(?=miR|let|mir)/, "");
    const short = text.replace(/\bmesenchymal (?:stem|stromal|stem\/stromal)(?: cells?)?\b/gi, "MSC");
    const forms = [text, plain, short].flatMap((base) => [base, ...respelled(base)]);
    return [...new Set(forms.flatMap((form) => [form, ...singular(form)]))];
  }

  // Python's difflib: share of characters in common blocks, longest block first.
  function ratio(a, b) {
    const places = new Map();
    [...b].forEach((c, j) => {
      if (!places.has(c)) places.set(c, []);
      places.get(c).push(j);
    });
    const todo = [[0, a.length, 0, b.length]];
    let n = 0;
    while (todo.length) {
      const [alow, ahigh, blow, bhigh] = todo.pop();
      let [i, j, size] = [alow, blow, 0],
        ends = new Map();
      for (let x = alow; x < ahigh; x++) {
        const now = new Map();
        for (const y of places.get(a[x]) || []) {
          if (y < blow) continue;
          if (y >= bhigh) break;
          const run = (ends.get(y - 1) || 0) + 1;
          now.set(y, run);
          if (run > size) [i, j, size] = [x - run + 1, y - run + 1, run];
        }
        ends = now;
      }
      if (!size) continue;
      n += size;
      todo.push([alow, i, blow, j], [i + size, ahigh, j + size, bhigh]);
    }
    return (2 * n) / (a.length + b.length || 1);
  }
  function closest(word, among, n, cutoff) {
    const size = word.length;
    return among
      .filter((x) => (2 * Math.min(size, x.length)) / (size + x.length || 1) >= cutoff)
      .map((x) => [ratio(x, word), x])
      .filter(([r]) => r >= cutoff)
      .sort((a, b) => b[0] - a[0] || less(b[1], a[1]))
      .slice(0, n)
      .map(([, x]) => x);
  }

  // Questions in words ------------------------------------------------------------------------------

  const SEVERAL = ["via", "avoid", "without", "predicate"];
  const FLAGS = [
    "products",
    "exact",
    "exact_disease",
    "inherited",
    "bridged",
    "loops",
    "coherent",
    "diverse"
  ];
  const WHOLE = ["max_length", "until", "top"],
    CONTEXT = ["species", "product", "route", "rung", "tissue"];
  const FIELDS = [
    "source",
    "target",
    "pattern",
    "via",
    "avoid",
    "without",
    "at",
    "sign",
    "max_length",
    "predicate",
    "test",
    "min_belief",
    "disease",
    "exact_disease",
    "species",
    "product",
    "tissue",
    "route",
    "rung",
    "until",
    "products",
    "exact",
    "inherited",
    "bridged",
    "loops",
    "coherent",
    "diverse",
    "top"
  ];
  const EMPTY = () => ({
    source: "",
    target: "",
    pattern: [],
    via: [],
    avoid: [],
    without: [],
    at: [],
    max_length: 4,
    predicate: []
  });
  const option = (name) => "--" + (name === "tissue" ? "source" : name).replace(/_/g, "-");
  const listed = (x) => (Array.isArray(x) ? x : x === undefined || x === null ? [] : [x]);

  function position(value) {
    const [, place, name] = /^(\d+)=([^]+)$/.exec(value) || [];
    if (!name) throw refused(`--at takes POSITION=NAME, such as 1=vesicle, not ${repr(value)}`);
    return [Number(place), name];
  }
  function number(name, text) {
    text = text.trim();
    const fits = WHOLE.includes(name) ? /^[+-]?\d+$/ : /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
    return fits.test(text) ? Number(text) : null;
  }

  // The words of a line as a shell reads them.
  function words(line) {
    const found = [];
    let word = null,
      quote = "";
    for (let i = 0; i < line.length; i++) {
      const c = line[i];
      if (quote) {
        if (c === quote) quote = "";
        else if (c === "\\" && quote === '"' && /["\\]/.test(line[i + 1] || "")) word += line[++i];
        else word += c;
      } else if (/\s/.test(c)) {
        if (word !== null) found.push(word);
        word = null;
      } else if (c === "'" || c === '"') {
        quote = c;
        word = word ?? "";
      } else if (c === "\\" && i + 1 < line.length) word = (word ?? "") + line[++i];
      else word = (word ?? "") + c;
    }
    if (quote)
      throw refused(`path query ${repr(line)}: No closing quotation; put names with blanks in quotes`);
    return word === null ? found : [...found, word];
  }

  // The question that a line as behind `kg paths` stands for.
  function parse(line) {
    const all = words(line),
      ends = [],
      found = EMPTY(),
      given = new Set(),
      say = `path query ${repr(line)}: `;
    const spelled = new Map(FIELDS.slice(3).map((name) => [option(name), name]));
    for (let i = 0; i < all.length; i++) {
      const word = all[i];
      if (!word.startsWith("--")) {
        ends.push(word);
        continue;
      }
      const name = spelled.get(word);
      if (!name) throw refused(`${say}no option ${repr(word)}`);
      if (FLAGS.includes(name)) {
        found[name] = true;
        continue;
      }
      const value = all[++i];
      if (value === undefined) throw refused(`${say}${word} needs a value`);
      if (name === "at") found.at.push(position(value));
      else if (SEVERAL.includes(name)) found[name].push(value);
      else if (given.has(name)) throw refused(`${say}${word} stands twice`);
      else {
        const isNumber = WHOLE.includes(name) || name === "min_belief";
        found[name] = isNumber ? number(name, value) : value;
        if (found[name] === null) throw refused(`${say}${word} takes a number, not ${repr(value)}`);
        given.add(name);
      }
    }
    if (ends.includes(">") || (ends.length === 1 && ends[0].includes(">"))) {
      const parts = ends.length === 1 ? ends[0].split(">") : ends.join("\0").split(/\0?>\0?/);
      found.pattern = parts.map((p) => p.replace(/\0/g, " ").trim());
      if (!found.pattern.every(Boolean)) throw refused(`${say}a position of the pattern is empty`);
    } else if (ends.length !== 2) {
      throw refused(
        `${say}give two ends, or a pattern such as 'MSC > mediator > fibrosis'; ` +
          "names with blanks want quotes"
      );
    } else [found.source, found.target] = ends;
    return found;
  }

  const quoted = (word) =>
    word === "?" || /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\"'\"'")}'`;
  const decimal = (x) => (Number.isInteger(x) ? x + ".0" : String(x));
  const shown = (name, value) => (name === "min_belief" ? decimal(value) : String(value));

  // A question as the line that stands for it.
  function line(q) {
    const found = q.pattern.length ? [q.pattern.join(" > ")] : [q.source, q.target];
    for (const name of FIELDS.slice(3)) {
      const value = q[name];
      if (
        value === undefined ||
        value === null ||
        value === false ||
        value === 0 ||
        (name === "max_length" && value === 4)
      )
        continue;
      if (value === true) found.push(option(name));
      else
        for (const one of listed(value)) {
          found.push(option(name), name === "at" ? `${one[0]}=${one[1]}` : shown(name, one));
        }
    }
    return found.map(quoted).join(" ");
  }

  // A question from an object: names as in Python or in camelCase, `q` for a whole line.
  function read(given) {
    const found = {},
      told = {};
    for (const [key, value] of Object.entries(given)) {
      const values = listed(value)
        .filter((v) => String(v).trim())
        .map((v) => (Array.isArray(v) ? v.join("=") : v));
      if (values.length) told[key.replace(/[A-Z]/g, (c) => "_" + c.toLowerCase())] = values;
    }
    for (const [name, values] of Object.entries(told)) {
      const last = values[values.length - 1],
        text = String(last);
      if (["q", "source", "target", "limit"].includes(name)) continue;
      if (!FIELDS.includes(name)) {
        throw refused(
          `${repr(name)} is no option of a path query; one of ${[...FIELDS].sort(less).join(", ")}`
        );
      }
      if (SEVERAL.includes(name) || name === "pattern") found[name] = values.map(String);
      else if (name === "at") found.at = values.map((v) => position(String(v)));
      else if (FLAGS.includes(name)) found[name] = !["0", "false", "no"].includes(text.toLowerCase());
      else if (WHOLE.includes(name) || name === "min_belief") {
        found[name] = number(name, text);
        if (found[name] === null) throw refused(`${name} takes a number, not ${repr(text)}`);
      } else found[name] = name === "sign" ? ({"−": "-", " ": "+"}[text] ?? text) : text;
    }
    if (told.q) return {...parse(String(told.q.at(-1))), ...found};
    const source = String(told.source?.at(-1) ?? ""),
      target = String(told.target?.at(-1) ?? "");
    if (source && !target && source.includes(">")) return {...parse(source), ...found};
    if (!(source && target) && !found.pattern) {
      throw refused("give source and target (or q: a whole question, as behind `kg paths`)");
    }
    return {...EMPTY(), source, target, ...found};
  }

  kg.engine = function (data) {
    const entities = new Map(
      data.entities.map(([name, id, label, category]) => [name, {id, label, category}])
    );
    const byId = new Map(data.entities.map(([name, id]) => [folded(id), name]));
    const spellings = new Map(data.spellings),
      below = new Map(data.below),
      made = new Map(data.products);
    const used = new Set(data.used),
      diseases = new Map(data.diseases),
      normal = kept(normalise);

    // Names -----------------------------------------------------------------------------------------

    function known(text) {
      text = text.trim();
      if (entities.has(text)) return [text];
      if (byId.has(folded(text))) return [byId.get(folded(text))];
      for (const spelled of variants(text)) {
        const found = spellings.get(normalise(spelled) || spelled);
        if (found) return found;
      }
      return [];
    }

    function nearest(text, n = 3) {
      const wanted = normalise(text),
        size = (name) => [...name].length;
      const inside = [...entities.keys()].filter((name) => size(wanted) > 2 && normal(name).includes(wanted));
      const close = closest(wanted, [...spellings.keys()], 3 * n, 0.7).flatMap((key) => spellings.get(key));
      const found = [...new Set([...inside.sort((a, b) => size(a) - size(b)).slice(0, 3 * n), ...close])];
      return (used.size ? found.sort((a, b) => used.has(b) - used.has(a)) : found).slice(0, n);
    }

    function missing(text, near) {
      const hint = near.length ? `; did you mean ${near.map(repr).join(", ")}?` : "; try `kg find TEXT`";
      return refused(`no entity is called ${repr(text)}${hint}`, {
        nearest: near,
        status: 404,
        isMissing: true
      });
    }

    function resolve(text) {
      text = text.trim();
      const names = known(text);
      if (names.length === 1) return names[0];
      if (!names.length) throw missing(text, nearest(text));
      const told = names.map((name) => `${name} (${entities.get(name).id})`).join(", ");
      throw refused(`${repr(text)} names ${names.length} entities; pass one of their names: ${told}`, {
        nearest: names
      });
    }

    // Name → why it counts as an answer when a name is asked for, in order.
    function matching(name, {exact = false, products = false} = {}) {
      const found = new Map([[name, ""]]),
        todo = [name];
      for (const here of todo) {
        const reached = exact
          ? []
          : (below.get(here) || []).map((low) => [low, `${low} is a kind of ${here}`]);
        if (products) for (const [p, link] of made.get(here) || []) reached.push([p, `${p} ${link} ${here}`]);
        for (const [low, why] of reached) {
          if (found.has(low)) continue;
          found.set(low, found.get(here) ? `${why}, ${found.get(here)}` : why);
          todo.push(low);
        }
      }
      return found;
    }

    function among(name, options) {
      if (name === "*") return new Map([...entities.keys()].map((n) => [n, ""]));
      try {
        return matching(resolve(name), options);
      } catch (error) {
        if (!error.isMissing) throw error;
        const group = name.trim(),
          wanted = folded(group);
        const defined = data.defined.find((d) => [d.label, d.id].some((t) => folded(t) === wanted));
        if (defined) return new Map(defined.members.map((n) => [n, `${n} is in the class ${defined.label}`]));
        const kinds = group === "mediator" ? data.molecules : [group];
        const found = [...entities].filter(([, e]) => kinds.includes(e.category));
        if (found.length) return new Map(found.map(([n, e]) => [n, `${n} is a ${e.category}`]));
        const groups = [...data.defined.map((d) => d.label), ...data.categories, "mediator"];
        throw missing(group, [...error.nearest, ...closest(group, groups, 2, 0.75)]);
      }
    }

    // Diseases whose evidence counts as that of one.
    function diseasesAs(text, exact) {
      const name = resolve(text),
        category = entities.get(name).category;
      if (category !== "disease") {
        throw refused(`${repr(name)} is of category ${category}, not a disease; try it as source or target`);
      }
      return exact ? [name] : diseases.get(name);
    }

    // Belief ----------------------------------------------------------------------------------------

    // The columns of a line, see kg/web/site.py.
    const D = 0,
      PAPER = 1,
      GROUP = 2,
      YEAR = 3,
      TEST = 4,
      RUNG = 5,
      DISEASE = 6,
      SPECIES = 7,
      AGENT = 8,
      PRODUCT = 9;
    const SOURCE = 10,
      ROUTE = 11,
      SYSTEMATIC = 12,
      RANDOM = 13,
      OPEN_PRODUCT = 14,
      OPEN_SOURCE = 15,
      CONTEXTS = 16;
    const RELEVANCE = [
      [DISEASE, data.relevance[0]],
      [OPEN_PRODUCT, data.relevance[1]],
      [OPEN_SOURCE, data.relevance[2]]
    ];

    const relevance = (line, others) =>
      product(
        RELEVANCE.map(([axis, factor]) => {
          const mine = line[axis];
          return mine !== null && others.every((o) => o[axis] !== null && o[axis] !== mine) ? factor : 1;
        })
      );

    // The probability of each independent source to be wrong, smallest first.
    function sources(lines, others) {
      const relevant = new Map(),
        groups = new Map();
      for (const l of lines) {
        if (others.length)
          relevant.set(l[GROUP], Math.max(relevant.get(l[GROUP]) || 0, relevance(l, others)));
        if (!groups.has(l[GROUP])) groups.set(l[GROUP], new Map());
        const papers = groups.get(l[GROUP]),
          old = papers.get(l[PAPER]);
        if (!old || l[SYSTEMATIC] + l[RANDOM] < old[0] + old[1])
          papers.set(l[PAPER], [l[SYSTEMATIC], l[RANDOM]]);
      }
      return [...groups]
        .map(([group, papers]) => {
          const errors = [...papers.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
          return power(
            Math.min(1, errors[0][0] + product(errors.map((e) => e[1]))),
            relevant.get(group) ?? 1
          );
        })
        .sort((a, b) => a - b);
    }

    const value = (forIt, against) => (forIt <= 0 ? 0 : ((1 - exp(-forIt)) * forIt) / (forIt + against));
    const weight = (wrongs) => -wrongs.map(log).reduce((a, b) => a + b, 0);

    const poisson = kept((mean) => {
      const found = [];
      let factorial = 1;
      while (1 - found.reduce((a, b) => a + b, 0) > 1e-6) {
        const n = found.length;
        if (n) factorial *= n;
        found.push((exp(-mean) * mean ** n) / factorial);
      }
      return found;
    });

    function drawn(chances, at) {
      for (let n = 0; n < chances.length; n++) {
        at -= chances[n];
        if (at < 0) return n;
      }
      return chances.length - 1;
    }

    // Where belief lies in 95 % of redrawn literatures.
    const intervals = new Map();
    function interval(supporting, opposing) {
      const key = supporting.join() + "|" + opposing.join();
      if (intervals.has(key)) return intervals.get(key);
      const counts = new Map();
      for (const [wrongs, supports] of [
        [supporting, 1],
        [opposing, 0]
      ]) {
        for (const w of wrongs) {
          const kind = log(w) + "|" + supports;
          counts.set(kind, (counts.get(kind) || 0) + 1);
        }
      }
      const kinds = [...counts]
        .map(([kind, n]) => [...kind.split("|").map(Number), n])
        .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      const chances = kinds.map(([, , n]) => poisson(n)),
        found = [];
      const outcome = (times) => {
        let forIt = 0,
          against = 0;
        kinds.forEach(([w, supports], i) => {
          if (supports) forIt += times[i] * w;
          else against += times[i] * w;
        });
        return value(-forIt, -against);
      };
      if (product(chances.map((c) => c.length)) <= data.listed) {
        const each = (times, chance) => {
          const i = times.length;
          if (i === chances.length) found.push([outcome(times), chance]);
          else chances[i].forEach((c, n) => each([...times, n], chance * c));
        };
        each([], 1);
      } else {
        const random = generator();
        for (let n = 0; n < data.resamples; n++) {
          found.push([outcome(chances.map((c) => drawn(c, random()))), 1 / data.resamples]);
        }
      }
      found.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      const total = found.reduce((sum, [, chance]) => sum + chance, 0),
        tail = (1 - data.level) / 2;
      const percentile = (share) => {
        let reached = 0;
        for (const [belief, chance] of found) {
          reached += chance;
          if (reached >= share - 1e-12) return belief;
        }
        return found.at(-1)[0];
      };
      const ends = [round(percentile(tail * total), 4), round(percentile((1 - tail) * total), 4)];
      intervals.set(key, ends);
      return ends;
    }

    // Steps -----------------------------------------------------------------------------------------

    // Which lines a question counts, and the key of that choice.
    function scope(q) {
      const tests = [],
        key = [];
      if (q.disease !== undefined && q.disease !== null) {
        const allowed = new Set(diseasesAs(q.disease, q.exact_disease));
        tests.push((l) => allowed.has(l[DISEASE]));
        key.push(...allowed);
      }
      for (const name of CONTEXT) {
        const wanted = q[name];
        if (wanted === undefined || wanted === null) continue;
        if (!data.choices[name].includes(wanted)) {
          const axis = name === "tissue" ? "source" : name;
          throw refused(`${repr(wanted)} is no ${axis} here; one of ${data.choices[name].join(", ")}`);
        }
        const column = {species: SPECIES, product: PRODUCT, route: ROUTE, tissue: SOURCE}[name];
        if (name === "rung") tests.push((l) => l[RUNG] >= data.rungs.indexOf(wanted));
        else if (name === "species") tests.push((l) => l[SPECIES] === wanted);
        else tests.push((l) => !l[AGENT] || l[column] === wanted);
        key.push(`${name}=${wanted}`);
      }
      if (q.until !== undefined && q.until !== null) {
        tests.push((l) => l[YEAR] <= q.until);
        key.push(`until=${q.until}`);
      }
      return {keeps: tests.length ? (l) => tests.every((t) => t(l)) : null, key: key.join("\0")};
    }

    function stepOf(row, keeps) {
      const held = row.lines.map((_, i) => i).filter((i) => !keeps || keeps(row.lines[i]));
      const lines = held.map((i) => row.lines[i]),
        supports = lines.filter((l) => l[D] === 0);
      if (!supports.length) return null;
      const against = lines.filter((l) => l[D] !== 0),
        isWhole = lines.length === row.lines.length;
      const wrong = isWhole ? null : sources(supports, []),
        wrongAgainst = isWhole ? null : sources(against, supports);
      const contexts = AXES.map((_, axis) =>
        supports.some((l) => l[CONTEXTS][axis] === null)
          ? null
          : new Set(supports.flatMap((l) => l[CONTEXTS][axis]))
      );
      return {
        id: row.id,
        subject: row.subject,
        predicate: row.predicate,
        object: row.object,
        sign: row.sign,
        belief: isWhole ? row.belief[0] : round(value(weight(wrong), weight(wrongAgainst)), 4),
        ends: kept(() => (isWhole ? row.belief.slice(1) : interval(wrong, wrongAgainst))),
        factor: 1,
        rung: Math.max(...supports.map((l) => l[RUNG])),
        contexts,
        tests: new Set(supports.map((l) => l[TEST])),
        papers: sorted(supports.map((l) => l[PAPER])),
        species: sorted(supports.map((l) => l[SPECIES]).filter(Boolean)),
        diseases: sorted(supports.map((l) => l[DISEASE]).filter(Boolean)),
        nFor: supports.length,
        nAgainst: against.length,
        isHuman: supports.some((l) => data.human.includes(l[RUNG])),
        inherited: null,
        bridged: null,
        from: row.id,
        kept: held,
        nSources: new Set(supports.map((l) => l[GROUP])).size
      };
    }

    // Statements of which the lines that count found no effect, and nothing else, with the places of these.
    function nulls(q) {
      const {keeps} = scope(q),
        found = [];
      for (const row of data.statements) {
        const held = row.lines.map((_, i) => i).filter((i) => !keeps || keeps(row.lines[i]));
        if (!held.length || !held.every((i) => row.lines[i][D] === 2)) continue;
        const lines = held.map((i) => row.lines[i]),
          groups = {};
        for (const l of lines) (groups[data.levels[l[RUNG]]] ||= new Set()).add(l[GROUP]);
        const counts = Object.entries(groups).map(([level, of]) => [
          level,
          {for: 0, "no effect": of.size, against: 0}
        ]);
        const level = data.levels[Math.max(...lines.map((l) => l[RUNG]))] ?? "";
        found.push({id: row.id, kept: held, balance: Object.fromEntries(counts), level});
      }
      return found;
    }

    const rangeOf = (s) => (s.factor === 1 ? s.ends() : s.ends().map((end) => round(end * s.factor, 4)));
    const key = (s) => [s.subject, s.predicate, s.object].join("\0");
    const scaled = (s) => ({belief: round(s.belief * TAKEN_OVER, 4), factor: s.factor * TAKEN_OVER});
    const inOrder = (steps) =>
      steps.sort(
        (a, b) =>
          less(a.subject, b.subject) ||
          less(a.object, b.object) ||
          less(a.predicate, b.predicate) ||
          less(MARK(a.sign), MARK(b.sign))
      );

    function take(taken, step) {
      const at = key(step);
      if (!taken.has(at) || step.belief > taken.get(at).belief) taken.set(at, step);
    }

    // What is stated of an entity also holds for those below it.
    function inheriting(steps) {
      const stated = new Set(steps.map(key)),
        taken = new Map();
      for (const s of steps) {
        for (const low of [...matching(s.subject).keys()].slice(1)) {
          if (low === s.object || stated.has([low, s.predicate, s.object].join("\0"))) continue;
          take(taken, {
            ...s,
            ...scaled(s),
            subject: low,
            inherited: s.subject,
            id: () => "i" + digest(low, s.predicate, s.object).slice(0, 12)
          });
        }
      }
      return inOrder([...steps, ...taken.values()]);
    }

    // What is stated of a marker also holds, with its sign, for what it marks.
    function bridging(steps) {
      const stated = new Set(steps.map((s) => [s.subject, s.object, s.sign].join("\0"))),
        taken = new Map();
      for (const [marker, marked, mark, told] of data.bridges) {
        const acting = steps.filter((s) => s.subject === marker),
          reached = steps.filter((s) => s.object === marker);
        for (const s of [...acting, ...reached]) {
          const [subject, object] = s.subject === marker ? [marked, s.object] : [s.subject, marked];
          const sign = mark === "-" ? -s.sign || 0 : s.sign;
          if (subject === object || stated.has([subject, object, sign].join("\0"))) continue;
          const predicate = sign === s.sign ? s.predicate : TURNED[sign] || s.predicate;
          take(taken, {
            ...s,
            ...scaled(s),
            subject,
            predicate,
            object,
            sign,
            bridged: told,
            id: () => "b" + digest(subject, predicate, object).slice(0, 12)
          });
        }
      }
      return inOrder([...steps, ...taken.values()]);
    }

    // The steps that a question sees, before what it asks of single steps; the last few are kept.
    const views = new Map();
    function stepsOf(q) {
      const {keeps, key: scoped} = scope(q),
        name = [scoped, q.inherited, q.bridged].map(String).join("\x01");
      return () => {
        if (!views.has(name)) {
          let steps = inOrder(data.statements.map((row) => stepOf(row, keeps)).filter(Boolean));
          if (q.inherited) steps = inheriting(steps);
          if (q.bridged) steps = bridging(steps);
          if (views.size >= 16) views.clear();
          views.set(name, steps);
        }
        return views.get(name);
      };
    }

    // Questions in names ----------------------------------------------------------------------------

    const kin = entities.has("MSC") ? new Set(matching("MSC").keys()) : new Set();
    const meets = (a, b) => {
      for (const x of a) if (b.has(x)) return true;
      return false;
    };

    function question(q) {
      const reasons = new Map();
      const names = (name, products = false) => {
        const found = among(name, {exact: Boolean(q.exact), products});
        for (const [n, why] of found) if (why) reasons.set(n, why);
        return new Set(found.keys());
      };
      const has = (x) => x !== undefined && x !== null;
      if (has(q.sign) && !(q.sign in SIGNS)) throw refused(`sign ${repr(q.sign)}: write + or - or ?`);
      for (const name of q.predicate) {
        if (data.predicates.includes(name)) continue;
        throw refused(`${repr(name)} is no predicate; one of ${data.predicates.join(", ")}`);
      }
      if (has(q.test) && !data.tests.includes(q.test)) {
        throw refused(`--test ${repr(q.test)}: one of ${data.tests.join(", ")}`);
      }
      const isPattern = q.pattern.length > 0,
        maxLength = isPattern ? q.pattern.length - 1 : q.max_length;
      const [source, target] = isPattern ? [q.pattern[0], q.pattern.at(-1)] : [q.source, q.target];
      const inner = q.pattern.map((name, place) => [place, name]).slice(1, -1);
      const at = [...inner, ...q.at]
        .filter(([, name]) => name !== "*")
        .map(([place, name]) => [place, names(name)]);
      const asked = {
        sources: names(source, Boolean(q.products)),
        targets: names(target),
        via: q.via.map((name) => names(name)),
        avoid: new Set([...q.avoid, ...q.without].flatMap((name) => [...names(name)])),
        at,
        maxLength,
        reasons,
        sign: has(q.sign) ? SIGNS[q.sign] : null,
        isExact: isPattern,
        isCoherent: Boolean(q.coherent),
        predicates: new Set(q.predicate),
        test: q.test ?? null,
        minBelief: q.min_belief ?? null,
        noReturn: new Set()
      };
      if (!(maxLength >= 1 && maxLength <= LONGEST)) {
        throw refused(`--max-length ${maxLength}: choose 1 to ${LONGEST} steps`);
      }
      if (asked.minBelief !== null && !(asked.minBelief >= 0 && asked.minBelief <= 1)) {
        throw refused(`--min-belief ${decimal(asked.minBelief)}: choose a number from 0 to 1`);
      }
      for (const [place] of at) {
        if (place > maxLength)
          throw refused(`--at ${place}: a path of ${maxLength} steps ends at ${maxLength}`);
      }
      const named = [asked.targets, ...asked.via, ...at.map(([, found]) => found)];
      if (!q.loops && meets(asked.sources, kin) && !named.some((found) => meets(found, kin)))
        asked.noReturn = kin;
      return asked;
    }

    const allows = (asked, s) =>
      !asked.noReturn.has(s.object) &&
      (!asked.predicates.size || asked.predicates.has(s.predicate)) &&
      (asked.minBelief === null || s.belief >= asked.minBelief) &&
      (asked.test === null || s.tests.has(asked.test));

    // Steps as a graph in numbers.
    function frozen(steps) {
      const names = sorted(steps.flatMap((s) => [s.subject, s.object])),
        index = new Map(names.map((n, i) => [n, i]));
      const out = names.map(() => []),
        into = names.map(() => []);
      const tail = steps.map((s) => index.get(s.subject)),
        head = steps.map((s) => index.get(s.object));
      steps.forEach((_, arc) => {
        out[tail[arc]].push(arc);
        into[head[arc]].push(arc);
      });
      const damped = kept((n) => power(n, DAMPING));
      const damp = names.map((_, i) => damped(Math.max(1, out[i].length) * Math.max(1, into[i].length)));
      return {steps, index, tail, head, out, into, damp, n: names.length};
    }

    function numbers(graph, names) {
      const found = new Set();
      for (const name of names) if (graph.index.has(name)) found.add(graph.index.get(name));
      return found;
    }

    // Fewest arcs from each node to a start plus what stands there, as far as a limit.
    function distances(graph, starts, limit, blocked) {
      const found = new Int8Array(graph.n).fill(limit + 1),
        layers = Array.from({length: limit + 1}, () => []);
      for (const [node, far] of starts) {
        if (far > limit || blocked.has(node) || found[node] <= far) continue;
        found[node] = far;
        layers[far].push(node);
      }
      for (let far = 0; far < limit; far++) {
        for (const node of layers[far]) {
          if (found[node] !== far) continue;
          for (const arc of graph.into[node]) {
            const before = graph.tail[arc];
            if (blocked.has(before) || found[before] <= far + 1) continue;
            found[before] = far + 1;
            layers[far + 1].push(before);
          }
        }
      }
      return found;
    }

    // What a question means on a graph: who may stand where, and what is a whole answer.
    function asking(graph, asked) {
      const limit = asked.maxLength,
        blocked = numbers(graph, asked.avoid),
        places = new Map();
      const targets = numbers(
        graph,
        [...asked.targets].filter((n) => !asked.avoid.has(n))
      );
      const via = asked.via.map((names) => numbers(graph, names)),
        full = (1 << via.length) - 1;
      const bits = new Uint32Array(graph.n);
      via.forEach((nodes, i) => {
        for (const node of nodes) bits[node] |= 1 << i;
      });
      for (const [place, names] of asked.at) {
        const allowed = numbers(graph, names);
        places.set(
          place,
          places.has(place) ? new Set([...allowed].filter((n) => places.get(place).has(n))) : allowed
        );
      }
      const far = distances(
        graph,
        [...targets].map((n) => [n, 0]),
        limit,
        blocked
      );
      const needs = via.map((nodes) =>
        distances(
          graph,
          [...nodes].map((n) => [n, Math.max(1, far[n])]),
          limit,
          blocked
        )
      );
      const mayStand = (node, depth, met) =>
        far[node] <= limit - depth &&
        !blocked.has(node) &&
        (!places.has(depth) || places.get(depth).has(node)) &&
        needs.every((need, i) => (met >> i) & 1 || need[node] <= limit - depth);
      const starts = [...numbers(graph, asked.sources)]
        .filter((n) => mayStand(n, 0, ~0))
        .sort((a, b) => a - b);
      return {limit, targets, bits, full, mayStand, starts, places};
    }

    // The values that all steps of a walk share on an axis, and the step (from 1) where that breaks.
    function common(steps, axis) {
      let shared = null;
      for (let i = 0; i < steps.length; i++) {
        const values = steps[i].contexts[axis];
        if (values === null) continue;
        shared = shared === null ? values : new Set([...shared].filter((v) => values.has(v)));
        if (!shared.size) return [[], i + 1];
      }
      return [sorted(shared || []), null];
    }

    const brokenAxes = (steps) => AXES.map((_, axis) => common(steps, axis)[1] !== null);
    const signOf = (graph, walk) => walk.reduce((sign, arc) => sign * graph.steps[arc].sign, 1);
    function scoreOf(graph, walk, broken) {
      let found = 1;
      walk.forEach((arc, i) => {
        found *= graph.steps[arc].belief;
        if (i < walk.length - 1) found *= graph.damp[graph.head[arc]];
      });
      return round(found * product(broken.map((is, axis) => (is ? data.agreement[axis] : 1))), 9);
    }
    // A walk with its score, or null where it does not answer.
    function judged(graph, asked, walk) {
      if (asked.sign !== null && signOf(graph, walk) !== asked.sign) return null;
      const broken = brokenAxes(walk.map((arc) => graph.steps[arc]));
      if (asked.isCoherent && broken.some(Boolean)) return null;
      return {walk, score: scoreOf(graph, walk, broken)};
    }
    function better(a, b) {
      if (a.score !== b.score) return b.score - a.score;
      if (a.walk.length !== b.walk.length) return a.walk.length - b.walk.length;
      for (let i = 0; i < a.walk.length; i++) if (a.walk[i] !== b.walk[i]) return a.walk[i] - b.walk[i];
      return 0;
    }

    // Every walk that answers, best first; null where there are too many.
    function enumerated(graph, asked) {
      const {limit, targets, bits, full, mayStand, starts} = asking(graph, asked),
        found = [],
        walk = [];
      const onPath = new Uint8Array(graph.n);
      let n = 0;
      const grow = (node, depth, met) => {
        for (const arc of graph.out[node]) {
          const head = graph.head[arc],
            isLast = depth + 1 === limit;
          if (onPath[head]) continue;
          const isAllowed = mayStand(head, depth + 1, met | bits[head]);
          walk.push(arc);
          if (
            met === full &&
            targets.has(head) &&
            (!asked.isExact || isLast) &&
            mayStand(head, depth + 1, full)
          ) {
            n += 1;
            const one = judged(graph, asked, [...walk]);
            if (one) found.push(one);
          }
          if (!isLast && isAllowed) {
            onPath[head] = 1;
            grow(head, depth + 1, met | bits[head]);
            onPath[head] = 0;
          }
          walk.pop();
          if (n > CAP) return;
        }
      };
      for (const start of starts) {
        onPath[start] = 1;
        grow(start, 0, 0);
        onPath[start] = 0;
        if (n > CAP) return null;
      }
      return found.sort(better);
    }

    // The best walks, each made when it is asked for.
    function* bestFirst(graph, asked) {
      const {limit, targets, bits, full, mayStand, starts} = asking(graph, asked),
        blocked = numbers(graph, asked.avoid);
      const promise = [new Float64Array(graph.n)];
      for (let left = 1; left <= limit; left++) {
        const last = promise[left - 1],
          layer = last.slice();
        graph.head.forEach((head, arc) => {
          if (blocked.has(head)) return;
          const worth = (targets.has(head) ? 1 : last[head] * graph.damp[head]) * graph.steps[arc].belief;
          if (worth > layer[graph.tail[arc]]) layer[graph.tail[arc]] = worth;
        });
        promise.push(layer);
      }
      const heap = [],
        slack = 1e-8;
      const before = (a, b) =>
        a.bound !== b.bound
          ? a.bound > b.bound
          : a.whole !== b.whole
            ? !a.whole
            : a.whole
              ? better(a, b) < 0
              : a.number < b.number;
      const push = (item) => {
        let i = heap.push(item) - 1;
        for (let up = (i - 1) >> 1; i > 0 && before(heap[i], heap[up]); up = (i - 1) >> 1) {
          [heap[i], heap[up]] = [heap[up], heap[i]];
          i = up;
        }
      };
      const pop = () => {
        const top = heap[0],
          last = heap.pop();
        if (!heap.length) return top;
        heap[0] = last;
        for (let i = 0; ;) {
          let low = i;
          for (const child of [2 * i + 1, 2 * i + 2])
            if (child < heap.length && before(heap[child], heap[low])) low = child;
          if (low === i) return top;
          [heap[i], heap[low]] = [heap[low], heap[i]];
          i = low;
        }
      };
      let number = 0;
      for (const node of starts) {
        if (promise[limit][node])
          push({
            bound: promise[limit][node] + slack,
            whole: false,
            number: 0,
            walk: [],
            node,
            value: 1,
            seen: [node],
            met: 0
          });
      }
      while (heap.length) {
        const {whole, walk, node, value: worth, seen, met, score} = pop();
        if (whole) {
          yield {walk, score};
          continue;
        }
        const depth = walk.length,
          left = limit - depth - 1;
        for (const arc of graph.out[node]) {
          const head = graph.head[arc];
          if (seen.includes(head) || blocked.has(head)) continue;
          const longer = [...walk, arc],
            here = worth * graph.steps[arc].belief;
          if (
            met === full &&
            targets.has(head) &&
            (!asked.isExact || !left) &&
            mayStand(head, depth + 1, full)
          ) {
            const one = judged(graph, asked, longer);
            if (one) push({...one, bound: one.score, whole: true});
          }
          const now = met | bits[head];
          if (!left || !promise[left][head] || !mayStand(head, depth + 1, now)) continue;
          const broken = brokenAxes(longer.map((a) => graph.steps[a]));
          if (asked.isCoherent && broken.some(Boolean)) continue;
          const inner = here * graph.damp[head];
          const agreed = product(broken.map((is, axis) => (is ? data.agreement[axis] : 1)));
          push({
            bound: inner * agreed * promise[left][head] + slack,
            whole: false,
            number: ++number,
            walk: longer,
            node: head,
            value: inner,
            seen: [...seen, head],
            met: now
          });
        }
      }
    }

    // How many walks there can be at most: those that visit a node twice are counted too.
    function bound(graph, asked) {
      const {limit, targets, mayStand, starts, places} = asking(graph, asked),
        blocked = numbers(graph, asked.avoid);
      const isOpen = (node, depth) => mayStand(node, depth, ~0);
      const layers = [];
      if (asked.isExact) {
        const at = (depth, nodes) =>
          new Set([...nodes].filter((n) => !places.has(depth) || places.get(depth).has(n)));
        layers[limit] = at(limit, targets);
        for (let depth = limit - 1; depth >= 0; depth--) {
          const before = [...layers[depth + 1]].flatMap((n) => graph.into[n].map((arc) => graph.tail[arc]));
          layers[depth] = at(
            depth,
            before.filter((n) => !blocked.has(n))
          );
        }
      }
      let now = new Map(starts.map((n) => [n, 1])),
        total = 0;
      for (let depth = 0; depth < limit; depth++) {
        const following = new Map();
        for (const [node, n] of now) {
          for (const arc of graph.out[node]) {
            const head = graph.head[arc],
              may = asked.isExact ? layers[depth + 1].has(head) : isOpen(head, depth + 1);
            if (may) following.set(head, (following.get(head) || 0) + n);
          }
        }
        now = following;
        if (asked.isExact && depth + 1 < limit) continue;
        for (const [node, n] of now) if (targets.has(node)) total += n;
      }
      return total;
    }

    // Of walks that share more than half of the shorter one's arcs, the first.
    function* diverse(graph, found) {
      const held = [];
      for (const one of found) {
        const steps = new Set(
          one.walk.map((arc) => [graph.tail[arc], graph.head[arc], graph.steps[arc].sign].join())
        );
        const isNew = held.every((other) => {
          let n = 0;
          for (const step of steps) n += other.has(step);
          return n <= SHARED * Math.min(steps.size, other.size);
        });
        if (isNew) {
          held.push(steps);
          yield one;
        }
      }
    }

    // An answer: the walks found, what was asked, and whether these are all.
    function find(given) {
      const q = given.pattern ? given : read(given),
        steps = stepsOf(q),
        asked = question(q);
      const graph = frozen(steps().filter((s) => allows(asked, s)));
      if (q.top !== undefined && q.top !== null && q.top < 1)
        throw refused(`--top ${q.top}: choose 1 or more`);
      let found = q.top ? null : enumerated(graph, asked),
        most = q.top || FEW,
        isComplete = true;
      if (found === null) {
        const stream = q.top && q.diverse ? diverse(graph, bestFirst(graph, asked)) : bestFirst(graph, asked);
        found = [];
        for (const one of stream) {
          if (found.length === most) {
            isComplete = false;
            break;
          }
          found.push(one);
        }
      }
      if (q.diverse && !q.top) found = [...diverse(graph, found)];
      const paths = found.map(({walk, score}) => ({
        steps: walk.map((arc) => graph.steps[arc]),
        score,
        sign: signOf(graph, walk)
      }));
      return {
        query: q,
        asked,
        found: paths,
        atMost: isComplete ? null : bound(graph, asked),
        involves: (names) => meets(names, new Set(steps().flatMap((s) => [s.subject, s.object])))
      };
    }

    // Answers as data -------------------------------------------------------------------------------

    const stepData = (s) => ({
      statement_id: typeof s.id === "function" ? s.id() : s.id,
      subject: s.subject,
      predicate: s.predicate,
      sign: MARK(s.sign),
      object: s.object,
      papers: s.papers,
      belief: s.belief,
      belief_range: rangeOf(s),
      rung: data.rungs[s.rung],
      level: data.levels[s.rung],
      species: s.species,
      diseases: s.diseases,
      n_supports: s.nFor,
      n_against: s.nAgainst,
      inherited_from: s.inherited,
      bridged_by: s.bridged,
      origins: ["curated"]
    });

    function sentence(names, steps, sign, papers, rung) {
      const told = [
        `${names[0]} ${steps[0].predicate} ${names[1]}`,
        ...steps.slice(1).map((s) => `which ${s.predicate} ${s.object}`)
      ].join(", ");
      const n = `${papers.length} paper${papers.length === 1 ? "" : "s"}`;
      const count = `${n}; weakest evidence: ${rung || "not stated"}`;
      return steps.length === 1
        ? `${told} (${count}).`
        : `${told}: so ${names[0]} ${EFFECT[sign]} ${names.at(-1)} (${count}).`;
    }

    function pathData({steps, score, sign: net}, reasons) {
      const names = [steps[0].subject, ...steps.map((s) => s.object)],
        shared = AXES.map((_, axis) => common(steps, axis));
      const papers = sorted(steps.flatMap((s) => s.papers)),
        rung = data.rungs[Math.min(...steps.map((s) => s.rung))];
      const ranges = steps.map(rangeOf),
        sign = MARK(net);
      return {
        sign,
        belief: round(product(steps.map((s) => s.belief)), 6),
        belief_range: [0, 1].map((end) => round(product(ranges.map((r) => r[end])), 6)),
        score,
        rung,
        human_share: round(steps.filter((s) => s.isHuman).length / steps.length, 4),
        entities: names,
        species: sorted(steps.flatMap((s) => s.species)),
        papers,
        coherence: {
          ...Object.fromEntries(
            ["species", "diseases", "models", "phases"].map((name, axis) => [name, shared[axis][0]])
          ),
          ...Object.fromEntries(AXES.map((name, axis) => [`${name}_break`, shared[axis][1]]))
        },
        sentence: sentence(names, steps, sign, papers, rung),
        steps: steps.map(stepData),
        matched: sorted(names.filter((n) => reasons.has(n)).map((n) => reasons.get(n))).join("; ")
      };
    }

    // Whether the steps of a path share a value on every axis of context, as far as it is reported.
    const isWhole = ({steps}) => !brokenAxes(steps).some(Boolean);

    // The path of some statements, by all their lines.
    const stepById = kept(() => new Map(stepsOf(EMPTY())().map((s) => [s.id, s])));
    function pathOf(ids, score) {
      const steps = ids.map((id) => stepById("").get(id));
      return {steps, score, sign: product(steps.map((s) => s.sign))};
    }

    const paths = (given) => {
      const {asked, found} = find(given);
      return found.map((p) => pathData(p, asked.reasons));
    };
    return {
      known,
      nearest,
      closest,
      normal,
      resolve,
      among,
      matching,
      diseasesAs,
      entities,
      parse,
      read,
      line,
      words,
      repr,
      find,
      nulls,
      isWhole,
      pathOf,
      pathData,
      paths
    };
  };
})((window.kg = window.kg || {}));
