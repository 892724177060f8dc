"use strict";
/* The picture's own script: panel, legend, search, highlighting. `network`, `nodes` and `edges` are pyvis's.
   All text reaches the page as textContent, so nothing in the data can become markup. */
(() => {
  const data = JSON.parse(document.getElementById("kg-data").textContent);
  const byName = new Map(data.nodes.map((n) => [n.name, n]));
  const byId = new Map(data.edges.map((e) => [e.id, e]));
  const bundles = new Map(data.bundles.map((b) => [b.id, b]));
  const bundleOf = new Map(data.bundles.flatMap((b) => b.statements.map((id) => [id, b])));
  const plain = new Map(edges.get().map((e) => [e.id, e]));
  const $ = (id) => document.getElementById(id);
  const FACE = 'Arial, "Liberation Sans", Helvetica, sans-serif';
  const SIGN_WORD = { "+": "raises", "-": "lowers", "?": "unknown sign", "0": "no effect" };
  const minus = (sign) => (sign === "-" ? "−" : sign);

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
    }
    for (const child of children.flat()) {
      if (child !== null && child !== undefined && child !== false && child !== "") element.append(child);
    }
    return element;
  }
  const count = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  const number = (x) => (x && x < 0.095 ? x.toPrecision(1) : x.toFixed(2));
  const signMark = (sign) =>
    make("span", { class: `sign ${{ "+": "plus", "-": "minus", "0": "none" }[sign] || "unknown"}`, "aria-hidden": "true" }, minus(sign));
  const told = (e) => `${e.subject} ${e.words} ${e.object}`;

  // Drawing --------------------------------------------------------------------------------------

  let lit = null; // what is highlighted: {nodes: Set, edges: Set}; null when nothing is dimmed
  let chosen = null; // name of the node whose outline is thickened

  function outline(ctx, shape, x, y, w, h) {
    const l = x - w / 2, r = x + w / 2, t = y - h / 2, b = y + h / 2, c = Math.min(11, h / 3);
    const polygon = (...points) => {
      points.forEach(([px, py], i) => (i ? ctx.lineTo(px, py) : ctx.moveTo(px, py)));
      ctx.closePath();
    };
    ctx.beginPath();
    if (shape === "round") ctx.roundRect(l, t, w, h, Math.min(9, h / 3));
    else if (shape === "pill") ctx.roundRect(l, t, w, h, Math.min(h / 2, 18));
    else if (shape === "tub") ctx.roundRect(l, t, w, h, [0, 0, h / 2.2, h / 2.2]);
    else if (shape === "hexagon") polygon([l + c, t], [r - c, t], [r, y], [r - c, b], [l + c, b], [l, y]);
    else if (shape === "slant") polygon([l + c, t], [r, t], [r - c, b], [l, b]);
    else if (shape === "tag") polygon([l, t], [r - c, t], [r, y], [r - c, b], [l, b]);
    else if (shape === "cut") polygon([l + c, t], [r - c, t], [r, t + c], [r, b - c], [r - c, b], [l + c, b], [l, b - c], [l, t + c]);
    else if (shape === "fold") polygon([l, t], [r - c, t], [r, t + c], [r, b], [l, b]);
    else ctx.rect(l, t, w, h);
  }

  function figure(ctx, n, x, y, w, h, thick) {
    outline(ctx, n.shape, x, y, w, h);
    ctx.fillStyle = n.fill;
    ctx.fill();
    ctx.strokeStyle = n.line;
    ctx.lineWidth = thick;
    ctx.stroke();
    if (n.double) {
      outline(ctx, n.shape, x, y, w - 6, h - 6);
      ctx.lineWidth = 1;
      ctx.stroke();
    }
  }

  function renderNode({ ctx, id, x, y, state }) {
    const n = byName.get(id);
    return {
      drawNode() {
        if (lit && !lit.nodes.has(id)) {
          outline(ctx, n.shape, x, y, n.w, n.h);
          ctx.fillStyle = "#fff";
          ctx.fill();
          ctx.globalAlpha = 0.22;
        }
        figure(ctx, n, x, y, n.w, n.h, id === chosen || state.hover ? 3.2 : 1.5);
        ctx.fillStyle = "#111";
        ctx.font = `${data.font}px ${FACE}`;
        ctx.textAlign = "center";
        ctx.textBaseline = "middle";
        n.lines.forEach((text, i) => {
          ctx.fillText(text, x, y + (i - (n.lines.length - 1) / 2) * data.lineHeight + 1, n.w - 14);
        });
      },
      nodeDimensions: { width: n.w, height: n.h },
    };
  }

  // Lets an arrow run along the stops that its layout found: level at each, straight between stops of one
  // height, else swinging from one to the other. Where a node was moved by hand, its end of the arrow follows.
  function along(edge, stops) {
    const [from, to] = [byName.get(edge.fromId), byName.get(edge.toId)];
    let known = null;
    const run = () => {
      const shift = [edge.from.x - from.x, edge.from.y - from.y, edge.to.x - to.x, edge.to.y - to.y];
      if (known && known.shift.every((d, i) => d === shift[i])) return known;
      const points = stops.map(([x, y], i) =>
        i < 2 ? [x + shift[0], y + shift[1]] : i >= stops.length - 2 ? [x + shift[2], y + shift[3]] : [x, y]);
      const samples = [points[0]], lengths = [0];
      points.slice(1).forEach(([x1, y1], i) => {
        const [x0, y0] = points[i], n = y0 === y1 ? 1 : 14;
        for (let k = 1; k <= n; k++) {
          const t = k / n, s = 1 - t, last = samples[samples.length - 1];
          const next = [s * s * s * x0 + 3 * s * t * (x0 + x1) / 2 + t * t * t * x1, s * s * (1 + 2 * t) * y0 + t * t * (1 + 2 * s) * y1];
          lengths.push(lengths[lengths.length - 1] + Math.hypot(next[0] - last[0], next[1] - last[1]));
          samples.push(next);
        }
      });
      known = { shift, points, samples, lengths };
      return known;
    };
    Object.assign(edge.edgeType, {
      getPoint(t) {
        const { samples, lengths } = run();
        const wanted = Math.min(1, Math.max(0, t)) * lengths[lengths.length - 1];
        let i = 1;
        while (i < lengths.length - 1 && lengths[i] < wanted) i++;
        const part = (wanted - lengths[i - 1]) / (lengths[i] - lengths[i - 1] || 1);
        return { x: samples[i - 1][0] + part * (samples[i][0] - samples[i - 1][0]), y: samples[i - 1][1] + part * (samples[i][1] - samples[i - 1][1]) };
      },
      _line(ctx, values) {
        const { points, lengths } = run();
        ctx.lineDashOffset = -lengths[lengths.length - 1]; // dashes count from the end, so that they match where arrows run together
        ctx.beginPath();
        ctx.moveTo(...points[0]);
        points.slice(1).forEach(([x, y], i) => {
          const middle = (points[i][0] + x) / 2;
          ctx.bezierCurveTo(middle, points[i][1], middle, y, x, y);
        });
        this.enableShadow(ctx, values);
        ctx.stroke();
        this.disableShadow(ctx, values);
      },
      _findBorderPosition(node) {
        const t = node === this.to ? 1 : 0;
        return { ...this.getPoint(t), t };
      },
      _getDistanceToEdge(x1, y1, x2, y2, x, y) {
        const { samples } = run();
        return Math.min(...samples.slice(1).map(([bx, by], i) => this._getDistanceToLine(...samples[i], bx, by, x, y)));
      },
      getArrowData(ctx, position, via, selected, hover, values) {
        const point = this.getPoint(1), length = 15 * values.toArrowScale + 3 * values.width;
        return { point, core: { x: point.x - 0.9 * length, y: point.y }, angle: 0, length, type: values.toArrowType };
      },
    });
  }

  for (const [id, stops] of Object.entries(data.stops)) along(network.body.edges[id], stops);

  function drawLayers(ctx) {
    const size = Math.min(26, Math.max(15, 15 / network.getScale()));
    data.layers.forEach((layer, i) => {
      ctx.fillStyle = i % 2 ? "#f6f8fa" : "#f0f3f6";
      ctx.fillRect(layer.left, layer.top, layer.right - layer.left, layer.bottom - layer.top);
      ctx.fillStyle = "#2b3036";
      ctx.font = `bold ${size}px ${FACE}`;
      ctx.textAlign = "center";
      ctx.textBaseline = "bottom";
      ctx.fillText(layer.title, (layer.left + layer.right) / 2, layer.top - 7, layer.right - layer.left);
    });
  }

  const extent = {
    left: data.layers[0].left, right: data.layers[data.layers.length - 1].right,
    top: data.layers[0].top - 40, bottom: data.layers[0].bottom,
  };

  function fit() {
    const box = $("mynetwork").getBoundingClientRect();
    const scale = Math.min((box.width - 20) / (extent.right - extent.left), (box.height - 20) / (extent.bottom - extent.top), 1.5);
    network.moveTo({ position: { x: (extent.left + extent.right) / 2, y: (extent.top + extent.bottom) / 2 }, scale });
  }

  nodes.update(data.nodes.map((n) => ({ id: n.name, shape: "custom", ctxRenderer: renderNode })));
  network.on("beforeDrawing", drawLayers);
  // Arrowheads end at a node's edge once its size is known, which is after it was drawn once.
  network.once("afterDrawing", () => {
    requestAnimationFrame(() => {
      network.once("afterDrawing", () => {
        document.documentElement.dataset.drawn = String(Math.round(performance.now()));
      });
      network.redraw();
    });
  });
  let moved = false;
  for (const event of ["zoom", "dragEnd"]) network.on(event, () => { moved = true; });
  network.on("resize", () => { if (!moved) requestAnimationFrame(fit); }); // after vis has set its own camera
  fit();

  // `found`: {nodes, edges}, names and statement ids, or null for all; `named`: write predicates on the arrows.
  function highlight(found, named) {
    lit = found;
    edges.update(data.bundles.map((b) => {
      const base = plain.get(b.id);
      const shown = found ? b.statements.filter((id) => found.edges.has(id)) : b.statements;
      const on = shown.length > 0, predicates = [...new Set(shown.map((id) => byId.get(id).predicate))];
      return {
        id: b.id,
        label: found && on && named ? predicates.join(" / ") : " ",
        font: { size: 12, color: "#111", strokeWidth: 4, strokeColor: "#fff", align: b.id in data.stops ? "horizontal" : "middle", face: FACE },
        width: found && on ? base.width + 1 : base.width,
        color: { ...base.color, opacity: on ? (found ? 1 : base.color.opacity) : 0.07 },
      };
    }));
    network.redraw();
  }

  function clear() {
    chosen = null;
    network.unselectAll();
    press(null);
    for (const row of document.querySelectorAll('[aria-expanded="true"]')) fold(row, false);
    for (const button of document.querySelectorAll(".net")) button.setAttribute("aria-pressed", "false");
    if (lit) highlight(null, false);
  }

  // Panel ----------------------------------------------------------------------------------------

  const tabs = [...document.querySelectorAll('[role="tab"]')];

  function show(name) {
    for (const tab of tabs) {
      const on = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      $(tab.getAttribute("aria-controls")).hidden = !on;
    }
  }

  for (const tab of tabs) {
    tab.addEventListener("click", () => show(tab.id.slice(4)));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const open = tabs.filter((t) => !t.hidden);
      const next = open[(open.indexOf(tab) + step + open.length) % open.length];
      next.focus();
      show(next.id.slice(4));
    });
  }

  const entityLink = (name) =>
    byName.has(name) ? make("button", { type: "button", class: "link", onclick: () => chooseNode(name, true) }, name) : name;

  function statementRow(e, keep) {
    const against = e.disputes + e.noEffect;
    return make("button", {
      type: "button", class: "row", "data-statement": e.id, "aria-pressed": "false",
      onclick: () => chooseEdge(e.id, keep),
    },
    signMark(e.sign),
    make("span", {}, told(e), make("small", {},
      `${SIGN_WORD[e.sign]} (${minus(e.sign)}), ${e.level || "level not stated"}, ${count(e.papers, "paper")}${against && e.sign !== "0" ? `, ${count(against, "line")} against` : ""}` +
      `${e.conflict ? ", in conflict" : ""}${e.inherited ? `, taken over from ${e.inherited}` : ""}`)));
  }

  function rows(parent, ...pairs) {
    const list = make("dl");
    for (const [term, value] of pairs) {
      if (value) list.append(make("dt", {}, term), make("dd", {}, value));
    }
    parent.append(list);
  }

  function lineCard(line) {
    const words = { supports: "For", disputes: "Against", "no effect": "No effect" };
    const card = make("article", { class: `line ${line.direction.replace(" ", "-")}${line.withdrawn ? " withdrawn" : ""}` },
      make("h4", {}, words[line.direction] || line.direction, line.withdrawn && " (retracted paper: shown, not counted)",
        line.status === "concern" && " (expression of concern)", line.origin && ` (from ${line.origin})`),
      line.finding && make("p", {}, line.finding));
    const a = line.agent || {};
    const join = (...parts) => parts.filter(Boolean).join(", ");
    const safe = /^https:\/\//.test(line.url);
    rows(card,
      ["Test", join(line.test, line.measured && `measured: ${line.measured}`)],
      ["Context", join(line.species, line.system)],
      ["Disease", line.disease],
      ["Model", join(line.model, line.phase)],
      ["Compared", line.comparator],
      ["Agent", join(a.product, a.source && `from ${a.source}`, a.donor, a.route, a.dose, a.timing, a.priming, a.engineering, a.contact)],
      ["Rung", line.rung],
      ["Note", line.note],
      ["Paper", make("span", {}, line.title !== line.paper && `${line.title.replace(/[.\s]*$/, "")}. `,
        (line.journal || line.year) && `${join(line.journal, line.year)}. `,
        safe ? make("a", { href: line.url, target: "_blank", rel: "noopener noreferrer" }, line.paper) : line.paper)]);
    return card;
  }

  function details(...children) {
    const inside = $("panel").contains(document.activeElement);
    $("details").replaceChildren(...children.filter(Boolean));
    $("details").scrollTop = 0;
    show("details");
    if (inside) $("details").focus(); // what had the focus is hidden now
  }

  function press(id) {
    for (const row of document.querySelectorAll("[data-statement]")) {
      row.setAttribute("aria-pressed", String(row.dataset.statement === id));
    }
  }

  const through = (b) => {
    const n = b.raising + b.lowering + b.unclear;
    const nets = [[b.raising, "net +"], [b.lowering, "net −"], [b.unclear, "net ?"]].filter(([k]) => k).map(([k, word]) => `${k} ${word}`);
    return n ? `${n} (${nets.join(", ")}), at step ${b.positions.join(" and ")}` : "";
  };

  function about(e) {
    const info = make("div");
    rows(info,
      ["Sign", `${minus(e.sign)} (${SIGN_WORD[e.sign]})`],
      ["Belief", e.sign !== "0" && `${number(e.belief)} (${number(e.low)} to ${number(e.high)})`],
      ["Rung", e.rung],
      ["Lines", `${e.supports} for, ${e.disputes} against, ${e.noEffect} no effect`],
      ["Papers", e.sign === "0" ? String(e.papers) : `${e.papers} in support`],
      ["Id", e.id]);
    const taken = e.inherited && make("div", { class: "warn" }, make("strong", {}, "Not stated, taken over. "),
      `Stated of ${e.inherited}, of which ${e.subject} is a kind; believed less for that. The lines below are about ${e.inherited}.`);
    const warning = e.conflict && make("div", { class: "warn" },
      make("strong", {}, "In conflict. "),
      [e.disputes && `${count(e.disputes, "line")} against.`, e.noEffect && `${count(e.noEffect, "line")} without effect.`]
        .filter(Boolean).join(" "),
      e.opposite.map((o) => make("div", {}, "Also supported: ",
        byId.has(o.id) ? make("button", { type: "button", class: "link", onclick: () => chooseEdge(o.id) }, o.text) : o.text,
        ` (${count(o.papers, "paper")})`)));
    return [info, taken, warning];
  }

  function chooseEdge(id, keep) {
    const e = byId.get(id);
    if (!e) return;
    const b = bundleOf.get(id);
    if (!keep) {
      clear();
      highlight({ nodes: new Set([e.subject, e.object]), edges: new Set([id]) }, true);
    }
    press(id);
    network.setSelection({ nodes: [], edges: [b.id] }, { highlightEdges: false });
    const info = make("div");
    rows(info, ["Paths", through(b)], ["Bundle", b.statements.length > 1 &&
      make("button", { type: "button", class: "link", onclick: () => chooseBundle(b.id) }, `all ${b.statements.length} statements of this arrow`)]);
    details(make("h2", {}, entityLink(e.subject), ` ${e.words} `, entityLink(e.object)), info,
      ...about(e), make("h3", {}, "Evidence"), ...e.lines.map(lineCard));
  }

  function chooseBundle(id) {
    const b = bundles.get(id);
    if (b.statements.length === 1) return chooseEdge(b.statements[0], false);
    clear();
    highlight({ nodes: new Set([b.subject, b.object]), edges: new Set(b.statements) }, true);
    network.setSelection({ nodes: [], edges: [id] }, { highlightEdges: false });
    const info = make("div");
    rows(info, ["Sign", `${minus(b.sign)} (${SIGN_WORD[b.sign]})`], ["Statements", String(b.statements.length)],
      ["Papers", `${b.papers} in support`], ["Paths", through(b)]);
    details(make("h2", {}, entityLink(b.subject), " → ", entityLink(b.object)), info,
      ...b.statements.map((key) => byId.get(key)).flatMap((e) =>
        [make("h3", {}, told(e)), ...about(e), ...e.lines.map(lineCard)]));
  }

  // Arrows that run as one, where they were clicked.
  function chooseAmong(ids) {
    const met = ids.map((id) => bundles.get(id));
    const held = met.flatMap((b) => b.statements);
    clear();
    highlight({ nodes: new Set(met.flatMap((b) => [b.subject, b.object])), edges: new Set(held) }, true);
    details(make("h2", {}, `${ids.length} arrows run as one here`),
      make("p", { class: "hint" }, `All lead to ${[...new Set(met.map((b) => b.object))].join(", ")}. Choose one for its evidence.`),
      make("ul", { class: "list" }, held.map((key) => make("li", {}, statementRow(byId.get(key))))));
  }

  function chooseNode(name, move) {
    const n = byName.get(name);
    if (!n) return;
    const touching = data.edges.filter((e) => e.subject === name || e.object === name);
    clear();
    chosen = name;
    highlight({
      nodes: new Set([name, ...touching.flatMap((e) => [e.subject, e.object])]),
      edges: new Set(touching.map((e) => e.id)),
    }, false);
    if (move) network.moveTo({ position: network.getPosition(name), animation: false });
    const info = make("div");
    rows(info, ["Identifier", n.id], ["Label", n.label], ["Category", n.category],
      ["Also", n.aliases.join(", ")], ["Note", n.note],
      ["On paths", n.positions && `at position ${n.positions.join(", ")} (0: source)`]);
    const list = (title, found) => found.length
      ? [make("h3", {}, `${title} (${found.length})`), make("ul", { class: "list" }, found.map((e) => make("li", {}, statementRow(e))))]
      : [];
    details(make("h2", {}, name), info,
      ...list("Acts on", touching.filter((e) => e.subject === name)),
      ...list("Is acted on by", touching.filter((e) => e.object === name && e.subject !== name)));
  }

  // Lists ----------------------------------------------------------------------------------------

  function fold(row, open) {
    row.setAttribute("aria-expanded", String(open));
    row.nextElementSibling.hidden = !open;
  }

  function choosePath(index, row) {
    const path = data.paths[index], open = row.getAttribute("aria-expanded") === "true";
    clear();
    if (open) return;
    fold(row, true);
    highlight({ nodes: new Set(path.entities), edges: new Set(path.steps) }, true);
  }

  function chooseSign(sign, button) {
    const pressed = button.getAttribute("aria-pressed") === "true";
    clear();
    if (pressed) return;
    button.setAttribute("aria-pressed", "true");
    const chosen = data.paths.filter((p) => p.sign === sign);
    highlight({ nodes: new Set(chosen.flatMap((p) => p.entities)), edges: new Set(chosen.flatMap((p) => p.steps)) }, false);
  }

  function signs() {
    const found = ["+", "-", "?"].filter((sign) => data.paths.some((p) => p.sign === sign));
    if (found.length < 2) return null;
    const disagree = found.includes("+") && found.includes("-");
    return make("div", { class: disagree ? "warn" : "signs" },
      disagree && make("strong", {}, "The paths disagree. "), "See those of one net sign: ",
      found.map((sign) => {
        const n = data.paths.filter((p) => p.sign === sign).length;
        return make("button", { type: "button", class: "net", "aria-pressed": "false", "data-net": sign,
          onclick: (event) => chooseSign(sign, event.currentTarget) }, signMark(sign), ` ${count(n, "path")} ${sign === "?" ? "of unknown sign" : n === 1 ? SIGN_WORD[sign] : SIGN_WORD[sign].slice(0, -1)}`);
      }));
  }

  if (data.paths.length) {
    const list = make("ol", { class: "list" });
    data.paths.forEach((path, i) => {
      const row = make("button", { type: "button", class: "row path", "aria-expanded": "false", onclick: () => choosePath(i, row) },
        signMark(path.sign),
        make("span", {}, path.sentence, make("small", {},
          `net ${minus(path.sign)}, belief ${number(path.belief)} (${number(path.low)} to ${number(path.high)})`)));
      const steps = make("ol", { class: "steps", hidden: "" }, path.steps.map((id) => make("li", {}, statementRow(byId.get(id), true))));
      list.append(make("li", {}, row, steps));
    });
    $("paths").append(...[make("p", { class: "hint" }, "Choose a path to see it alone, then a step for its evidence."), signs(), list].filter(Boolean));
  } else {
    $("tab-paths").hidden = true;
  }
  $("tab-paths").textContent = `Paths (${data.paths.length})`;
  $("tab-statements").textContent = `Statements (${data.edges.length})`;
  $("statements").append(
    make("p", { class: "hint" }, `On ${count(data.bundles.length, "arrow")}: statements of one sign between the same two share one. Choose one for its evidence.`),
    make("ul", { class: "list" }, data.edges.map((e) => make("li", {}, statementRow(e)))));
  show(data.paths.length ? "paths" : "statements");

  // Arrows of no effect, and their rows in the lists, can be hidden.
  function showNulls(wanted) {
    edges.update(data.bundles.filter((b) => b.sign === "0").map((b) => ({ id: b.id, hidden: !wanted })));
    for (const row of document.querySelectorAll("[data-statement]")) {
      if (byId.get(row.dataset.statement).sign === "0") row.closest("li").hidden = !wanted;
    }
  }

  // Legend ---------------------------------------------------------------------------------------

  function swatch(width, height, draw) {
    const ratio = window.devicePixelRatio || 1;
    const canvas = make("canvas", { width: width * ratio, height: height * ratio, style: `width:${width}px;height:${height}px`, "aria-hidden": "true" });
    const ctx = canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    draw(ctx);
    return canvas;
  }

  function arrow(colour, width, head, dashes) {
    return swatch(46, 16, (ctx) => {
      ctx.strokeStyle = ctx.fillStyle = colour;
      ctx.lineWidth = width;
      ctx.lineCap = dashes ? "round" : "butt";
      ctx.setLineDash(dashes || []);
      ctx.beginPath();
      ctx.moveTo(2, 8);
      ctx.lineTo(36, 8);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.beginPath();
      if (head === "arrow") { ctx.moveTo(44, 8); ctx.lineTo(33, 3); ctx.lineTo(33, 13); ctx.fill(); }
      if (head === "bar") ctx.fillRect(36, 1, 4, 14);
      if (head === "box") ctx.strokeRect(35, 3, 9, 9);
      if (head === "circle") { ctx.arc(39, 8, 5, 0, 7); ctx.fill(); }
    });
  }

  $("legend").append(
    make("ul", { "aria-label": "Arrows" },
      make("li", {}, arrow("#0072B2", 2, "arrow"), "raises (+)"),
      make("li", {}, arrow("#D55E00", 2, "bar"), "lowers (−)"),
      make("li", {}, arrow("#555555", 2, "circle"), "unknown (?)"),
      data.bundles.some((b) => b.sign === "0") && make("li", {}, arrow("#8a8a8a", 2, "box"), make("label", {},
        make("input", { type: "checkbox", id: "nulls", checked: "checked", onchange: (event) => showNulls(event.target.checked) }), "no effect (0)")),
      make("li", {}, "best shown in: H humans, A animals, I in vitro"),
      make("li", {}, arrow("#333", 1.4), arrow("#333", 4.5), "1 to many papers"),
      make("li", {}, arrow("#333", 2, "", [7, 5]), "in conflict"),
      data.bundles.some((b) => b.inherited) && make("li", {}, arrow("#333", 2, "", [1, 5]), "taken over from a broader subject, not stated"),
      Object.keys(data.stops).length > 0 && make("li", {}, "arrows of one sign to one entity run together")),
    make("ul", { "aria-label": "Entities" }, data.legend.map((item) =>
      make("li", {}, swatch(34, 18, (ctx) => figure(ctx, item, 17, 9, 31, 15.5, 1.3)), item.text))));

  // Search and keys ------------------------------------------------------------------------------

  const wordOf = (text) => text.toLocaleLowerCase("en").normalize("NFKD").replace(/[̀-ͯ]/g, "");
  const haystack = data.nodes.map((n) => [n.name, [n.name, ...n.aliases, n.label, n.id].map(wordOf)]);
  let matches = [];

  function search() {
    const wanted = wordOf($("search").value.trim());
    matches = [];
    clear();
    if (!wanted) {
      $("found").textContent = "";
      return;
    }
    const rank = (texts) => (texts.includes(wanted) ? 0 : texts.some((t) => t.startsWith(wanted)) ? 1 : texts.some((t) => t.includes(wanted)) ? 2 : 3);
    matches = haystack.map(([name, texts]) => [rank(texts), name]).filter(([r]) => r < 3)
      .sort((a, b) => a[0] - b[0]).map(([, name]) => name);
    $("found").textContent = matches.length ? `${matches.length} found` : "none found";
    highlight({ nodes: new Set(matches), edges: new Set() }, false);
  }

  $("search").addEventListener("input", search);
  $("search").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && matches.length) chooseNode(matches[0], true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    $("search").value = "";
    search();
  });
  const zoomBy = (factor) => {
    moved = true;
    network.moveTo({ scale: network.getScale() * factor });
  };
  $("zoom-in").addEventListener("click", () => zoomBy(1.3));
  $("zoom-out").addEventListener("click", () => zoomBy(1 / 1.3));
  $("fit").addEventListener("click", () => { moved = false; fit(); });

  network.on("click", ({ nodes: names, edges: ids, pointer: { canvas: { x, y } } }) => {
    if (names.length) return chooseNode(names[0], false);
    if (!ids.length) return clear();
    const apart = (id) => {
      const { edgeType: shape, from, to } = network.body.edges[id];
      return shape.getDistanceToEdge(from.x, from.y, to.x, to.y, x, y);
    };
    const here = Object.keys(data.stops).filter((id) => ids[0] in data.stops && bundles.get(id).object === bundles.get(ids[0]).object && apart(id) < apart(ids[0]) + 0.5);
    if (here.length > 1) chooseAmong(here);
    else chooseBundle(ids[0]);
  });
  network.canvas.frame.tabIndex = -1; // vis puts it before everything else
  $("mynetwork").setAttribute("role", "img");
  $("mynetwork").setAttribute("aria-label",
    `${data.title}. ${count(data.nodes.length, "entity").replace("entitys", "entities")}; the lists beside it say the same in words.`);
})();
