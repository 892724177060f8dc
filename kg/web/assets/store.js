"use strict";
// SPARQL answered in the page, by Oxigraph's release for browsers, which is loaded with the first query.
// What may be asked is what kg.store.refusal lets through; a test holds both to the same words.
(function (kg) {
  const refused = (text) => new Error(text);

  // Reading a query ---------------------------------------------------------------------------------

  const BASE =
    "A-Za-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c-\\u200d" +
    "\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\u{10000}-\\u{effff}";
  const CHARS = BASE + "_0-9\\u00b7\\u0300-\\u036f\\u203f-\\u2040";
  const local = (more) => `[${CHARS}:${more}]|%[0-9A-Fa-f]{2}|\\\\[_~.!$&'()*+,;=/?#@%\\-]`;
  const TOKEN = new RegExp(
    [
      "(?<blank>[ \\t\\r\\n]+|#[^\\r\\n]*)",
      '(?<iri><(?:[^<>"{}|^`\\\\\\x00-\\x20]|\\\\u[0-9A-Fa-f]{4}|\\\\U[0-9A-Fa-f]{8})*>)',
      "(?<string>\"{3}(?:[^\"\\\\]|\\\\.|\"{1,2}(?!\"))*\"{3}|'{3}(?:[^'\\\\]|\\\\.|'{1,2}(?!'))*'{3}" +
        "|\"(?:[^\"\\\\\\r\\n]|\\\\.)*\"|'(?:[^'\\\\\\r\\n]|\\\\.)*')",
      `(?<variable>[?$][${CHARS}]+)`,
      "(?<lang>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)",
      "(?<number>[0-9]+(?:\\.[0-9]*)?(?:[eE][+\\-]?[0-9]+)?|\\.[0-9]+(?:[eE][+\\-]?[0-9]+)?)",
      `(?<name>(?:[${BASE}_][${CHARS}.\\-]*)?:(?:(?:${local("")})(?:${local(".\\-")})*)?)`,
      `(?<word>[${BASE}_][${CHARS}.\\-]*)`,
      "(?<mark>.)"
    ].join("|"),
    "suy"
  );
  const FORMS = ["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"],
    DEPTH = 100;
  const UPDATES = ["INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"];

  // The tokens from a place on, without blanks and comments.
  function* tokensOf(text, start) {
    for (let at = start; at < text.length;) {
      TOKEN.lastIndex = at;
      const found = TOKEN.exec(text),
        groups = found.groups;
      const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
      const isWord = kind === "name" || kind === "word";
      const told = isWord ? found[0].replace(/\.+$/, "") : found[0],
        end = at + told.length;
      const upper = (kind === "name" ? told.split(":")[0] : told).toUpperCase();
      if (kind !== "blank") yield {kind, text: told, start: at, end, upper};
      at = end;
    }
  }

  // The form of a query and the first word after its prologue; either may be empty.
  function formOf(tokens) {
    let isDeclared = false;
    for (const token of tokens) {
      if (isDeclared) {
        isDeclared = false;
        continue;
      }
      if (token.kind !== "word" && token.kind !== "name") continue;
      const form = FORMS.find((f) => token.upper.startsWith(f));
      if (form) return [form, token.upper];
      if (token.kind !== "word") continue;
      if (token.upper === "PREFIX") isDeclared = true;
      else if (token.upper !== "BASE" && token.upper !== "VERSION") return ["", token.upper];
    }
    return ["", ""];
  }

  // Whether FROM stands between the form and the first group.
  function namesGraphs(tokens) {
    let before = "";
    for (const token of tokens) {
      if (token.text === "{") return false;
      const isStuck = token.kind === "name" && token.upper !== "FROM" && before !== "PREFIX";
      if (token.upper.startsWith("FROM") && (token.kind === "word" || isStuck)) return true;
      before = token.upper;
    }
    return false;
  }

  const mayBeLess = (token) => token.kind === "iri" && !/^<[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(token.text);
  function opensService(tokens, i) {
    const token = tokens[i],
      after = tokens.slice(i + 1, i + 4).map((t) => t.text);
    if ((token.kind !== "word" && token.kind !== "name") || !token.upper.includes("SERVICE")) return false;
    if (token.kind === "word") return after.includes("{");
    const before = i ? tokens[i - 1].upper : "";
    return after[0] === "{" && !["GRAPH", "FROM", "NAMED", "DESCRIBE"].includes(before);
  }

  // Whether SERVICE stands as a keyword in one of the readings: `<` opens an IRI, or means less.
  function isFederated(text, tokens) {
    if (!text.toUpperCase().includes("SERVICE")) return false;
    if (tokens.some((t) => t.kind === "word" && t.upper.includes("SERVICE"))) return true;
    if (tokens.some((_, i) => opensService(tokens, i))) return true;
    const seen = new Set(tokens.map((t) => t.start)),
      waiting = tokens.filter(mayBeLess).map((t) => t.start);
    while (waiting.length) {
      const branch = [];
      let n = 0;
      for (const token of tokensOf(text, waiting.pop() + 1)) {
        n += seen.has(token.start);
        if (n > 4) break;
        branch.push(token);
        if (!seen.has(token.start) && mayBeLess(token)) waiting.push(token.start);
      }
      if (branch.some((_, i) => opensService(branch, i))) return true;
      for (const token of branch) seen.add(token.start);
    }
    return false;
  }

  // What a query is, if it may be run.
  kg.readQuery = function (text) {
    const tokens = [...tokensOf(text, 0)];
    if (!tokens.length) throw refused("the query is empty");
    const decoded = text.replace(
      /\\u([0-9A-Fa-f]{4})|\\U(000[0-9A-Fa-f]{5}|0010[0-9A-Fa-f]{4})/g,
      (_, short, long) => String.fromCodePoint(parseInt(short || long, 16))
    );
    if (isFederated(text, tokens) || (decoded !== text && isFederated(decoded, [...tokensOf(decoded, 0)]))) {
      throw refused("SERVICE is refused: the graph is asked on its own, without the network");
    }
    const [form, first] = formOf(tokens),
      update = form ? null : UPDATES.find((word) => first.startsWith(word));
    if (update) throw refused(`${update} is an update; the graph is read-only, ask SELECT, ASK or CONSTRUCT`);
    let depth = 0;
    for (const {kind, text: mark} of tokens) {
      if (kind === "mark") depth += "{([".includes(mark) - "})]".includes(mark);
      if (depth > DEPTH) throw refused(`more than ${DEPTH} brackets within each other; write it flatter`);
    }
    return {form, namesGraphs: namesGraphs(tokens)};
  };

  // Asking ------------------------------------------------------------------------------------------

  const unpacked = async (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new Response(
      new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))
    ).arrayBuffer();
  };
  const opened = kg.once(async () => {
    await kg.script("data/sparql.js");
    const {module, wasm, quads, ...held} = kg.oxigraph;
    kg.oxigraph = null;
    const address = URL.createObjectURL(new Blob([module], {type: "text/javascript"}));
    const oxigraph = await import(address);
    URL.revokeObjectURL(address);
    await oxigraph.default({module_or_path: await unpacked(wasm)});
    const store = new oxigraph.Store();
    store.load(new TextDecoder().decode(await unpacked(quads)), {
      format: "application/n-quads",
      no_transaction: true
    });
    const prologue = Object.entries(held.prefixes)
      .map(([prefix, iri]) => `PREFIX ${prefix}: <${iri}>`)
      .join(" ");
    const longest = Object.entries(held.prefixes).sort((a, b) => b[1].length - a[1].length);
    return {...held, oxigraph, store, longest, prologue};
  });

  function compress(iri, prefixes) {
    for (const [prefix, start] of prefixes) {
      if (!iri.startsWith(start) || iri.length === start.length) continue;
      const rest = iri.slice(start.length);
      if (prefix !== "doi") return `${prefix}:${rest}`;
      try {
        return `doi:${decodeURIComponent(rest)}`;
      } catch (error) {
        return `doi:${rest}`;
      }
    }
    return iri;
  }

  // Rows of a query, as `kg query --json` has them: {columns, rows}; null where nothing is bound.
  kg.query = async function (text) {
    const {form, namesGraphs: isNamed} = kg.readQuery(text),
      held = await opened();
    const nodes = (names) => names.map((name) => held.oxigraph.namedNode(held.graphs[name]));
    const options = {base_iri: held.base},
      asked = `${held.prologue}\n${text}`;
    if (!isNamed)
      Object.assign(options, {
        default_graph: nodes(held.default),
        named_graphs: nodes(Object.keys(held.graphs))
      });
    const plain = (term) => {
      if (term === undefined || term === null) return null;
      if ((term.termType || term.type) === "NamedNode" || term.type === "uri")
        return compress(term.value, held.longest);
      return term.termType === "Quad" || term.type === "triple" ? String(term) : term.value;
    };
    try {
      if (form === "CONSTRUCT" || form === "DESCRIBE") {
        const rows = held.store
          .query(asked, options)
          .map((t) => [t.subject, t.predicate, t.object].map(plain));
        return {columns: ["subject", "predicate", "object"], rows};
      }
      const found = JSON.parse(held.store.query(asked, {...options, results_format: "json"}));
      if ("boolean" in found) return {columns: ["answer"], rows: [[String(found.boolean)]]};
      const columns = found.head.vars;
      return {columns, rows: found.results.bindings.map((row) => columns.map((c) => plain(row[c])))};
    } catch (error) {
      const told = String(error.message || error),
        place = (_, row, column) => `line ${row - 1}, column ${column}:`;
      throw refused("SPARQL " + told.replace(/^error at (\d+):(\d+):/, place));
    }
  };
})(window.kg);
