"use strict";
// A layered picture of signed arrows: places by ELK, drawn as SVG that can be read, walked by keyboard, and saved.
(function (kg) {
  const {h} = kg;
  const LEVELS = ["human", "animal", "in vitro"];
  const COLOURS = {"+": "#005f96", "-": "#b34700", "?": "#555555", "0": "#6b6b6b"};
  const FILLS = {cell: "#fdf3c0", vesicle: "#d6ecfa", medium: "#d6ecfa", organelle: "#d6ecfa", protein: "#d2f0e4", "small molecule": "#d2f0e4", drug: "#d2f0e4",
    microRNA: "#d2f0e4", RNA: "#d2f0e4", pathway: "#f6dfec", process: "#f6dfec", phenotype: "#fbe3c4", outcome: "#fbe3c4", disease: "#fbe3c4"};
  const MOST = 60;

  // Statements between the same ends with the same mark are one arrow.
  kg.arrows = function (statements) {
    const found = new Map();
    for (const s of statements) {
      const mark = s.mark || s.sign, key = s.subject + "\n" + s.object + "\n" + mark;
      if (!found.has(key)) found.set(key, {key, subject: s.subject, object: s.object, mark, statements: [], papers: new Set(), levels: new Set()});
      const arrow = found.get(key);
      arrow.statements.push(s);
      s.papers.forEach((p) => arrow.papers.add(p));
      arrow.levels.add(s.level);
    }
    for (const arrow of found.values()) arrow.level = LEVELS.find((l) => arrow.levels.has(l)) || "";
    return [...found.values()];
  };

  // Nodes of one kind that stand at the same place become one, unless opened.
  kg.fold = function (nodes, arrows, opened, keep) {
    if (arrows.length <= MOST) return {nodes, arrows, groups: []};
    const groupOf = new Map(), members = new Map();
    for (const n of nodes) {
      if (keep.has(n.name)) continue;
      const group = n.msc ? "MSCs and what they release" : {protein: "proteins", "small molecule": "small molecules", microRNA: "microRNAs", RNA: "RNAs", cell: "cells", vesicle: "vesicles",
        process: "processes", phenotype: "phenotypes", outcome: "outcomes", pathway: "pathways", drug: "drugs"}[n.category] || n.category;
      if (!members.has(group)) members.set(group, []);
      members.get(group).push(n.name);
    }
    for (const [group, names] of members) if (names.length > 1 && !opened.has(group)) names.forEach((name) => groupOf.set(name, group));
    const made = new Map();
    for (const n of nodes) {
      const group = groupOf.get(n.name);
      if (!group) made.set(n.name, n);
      else if (!made.has(group)) made.set(group, {name: group, group: members.get(group), category: n.category, msc: n.msc, positions: n.positions});
    }
    const joined = new Map();
    for (const a of arrows) {
      const subject = groupOf.get(a.subject) || a.subject, object = groupOf.get(a.object) || a.object;
      if (subject === object) continue;
      const key = subject + "\n" + object + "\n" + a.mark;
      if (!joined.has(key)) joined.set(key, {...a, key, subject, object, statements: [], papers: new Set(), levels: new Set()});
      const j = joined.get(key);
      j.statements.push(...a.statements); a.papers.forEach((p) => j.papers.add(p)); a.levels.forEach((l) => j.levels.add(l));
    }
    for (const j of joined.values()) j.level = LEVELS.find((l) => j.levels.has(l)) || "";
    return {nodes: [...made.values()], arrows: [...joined.values()], groups: [...members].filter(([, names]) => names.length > 1).map(([g, names]) => [g, names.length, opened.has(g)])};
  };

  const wrap = (text, most) => {
    const lines = [""];
    for (const word of text.split(/(?<=[\s/-])/)) {
      if ((lines[lines.length - 1] + word).trimEnd().length > most && lines[lines.length - 1]) lines.push("");
      lines[lines.length - 1] += word;
    }
    return lines.map((l) => l.trim());
  };

  const head = (points, mark) => {
    const [a, b] = points.slice(-2), angle = Math.atan2(b.y - a.y, b.x - a.x), c = Math.cos(angle), s = Math.sin(angle);
    const at = (along, across) => `${(b.x - along * c - across * s).toFixed(1)},${(b.y - along * s + across * c).toFixed(1)}`;
    if (mark === "+") return h("polygon", {points: [at(0, 0), at(9, 4.5), at(9, -4.5)].join(" "), fill: COLOURS[mark]});
    if (mark === "-") return h("polygon", {points: [at(0, 7), at(0, -7), at(3, -7), at(3, 7)].join(" "), fill: COLOURS[mark]});
    if (mark === "0") return h("polygon", {points: [at(0, 4), at(0, -4), at(8, -4), at(8, 4)].join(" "), fill: "#fff", stroke: COLOURS[mark], "stroke-width": 1.5});
    return h("circle", {cx: b.x - 4 * c, cy: b.y - 4 * s, r: 4, fill: COLOURS["?"]});
  };

  // picture(title, nodes, arrows, {pick, narrow, contested}) → an element; pick(arrow) is called when one is chosen.
  kg.picture = async function (title, nodes, arrows, options) {
    const down = window.innerWidth < 700;
    const boxes = nodes.map((n) => {
      const lines = wrap(n.group ? `${n.name} (${n.group.length})` : n.name, 20);
      return {id: n.name, node: n, lines, width: Math.max(70, Math.max(...lines.map((l) => l.length)) * 7.4 + 20), height: 16 * lines.length + 22,
        layoutOptions: n.positions && n.positions.length ? {"elk.partitioning.partition": String(Math.round(n.positions.reduce((x, y) => x + y) / n.positions.length * 2))} : {}};
    });
    const layout = await new ELK().layout({
      id: "all", children: boxes,
      edges: arrows.map((a) => ({id: a.key, sources: [a.subject], targets: [a.object], labels: [{text: label(a), width: label(a).length * 6.2 + 8, height: 15}]})),
      layoutOptions: {"elk.algorithm": "layered", "elk.direction": down ? "DOWN" : "RIGHT", "elk.partitioning.activate": String(nodes.every((n) => n.positions && n.positions.length)),
        "elk.edgeRouting": "POLYLINE", "elk.layered.spacing.nodeNodeBetweenLayers": "46", "elk.spacing.nodeNode": "18", "elk.layered.spacing.edgeNodeBetweenLayers": "14",
        "elk.edgeLabels.inline": "true", "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX", "elk.padding": "[top=10,left=10,bottom=10,right=10]"},
    });
    const svg = h("svg", {xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${Math.ceil(layout.width)} ${Math.ceil(layout.height)}`, width: Math.ceil(layout.width), height: Math.ceil(layout.height),
      role: "group", "aria-label": title, "font-family": "system-ui, sans-serif", style: `min-width: ${Math.round(layout.width * (down ? 0.8 : 0.7))}px`},
      h("rect", {width: "100%", height: "100%", fill: "#fff"}));
    const byKey = new Map(arrows.map((a) => [a.key, a]));
    for (const e of layout.edges) {
      const a = byKey.get(e.id), s = e.sections[0], points = [s.startPoint, ...(s.bendPoints || []), s.endPoint];
      const path = "M" + points.map((p) => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join("L");
      const contested = options.contested && a.statements.some((x) => options.contested.has(x.statement_id));
      const said = `${a.subject} ${kg.marks[a.mark].word} ${a.object}; ${kg.plural(a.papers.size, "paper")}; best shown in ${a.level || "not stated"}${contested ? "; findings disagree" : ""}`;
      const l = e.labels && e.labels[0];
      const mark = h("g", {class: "arrow", tabindex: "0", role: "button", "aria-label": `${label(a)}: ${said}`, onclick: () => pick(a, mark), onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(a, mark); } }},
        h("title", {}, said),
        h("path", {d: path, fill: "none", stroke: "transparent", "stroke-width": 14}),
        h("path", {class: "shaft", d: path, fill: "none", stroke: COLOURS[a.mark], "stroke-width": Math.min(5, 1.3 + Math.log2(a.papers.size || 1)), "stroke-dasharray": a.mark === "0" ? "2 4" : contested ? "7 4" : null}),
        head(points, a.mark),
        l ? h("g", {}, h("rect", {x: l.x, y: l.y, width: l.width, height: l.height, rx: 3, fill: "#fff", "fill-opacity": 0.92}),
          h("text", {x: l.x + 4, y: l.y + 11.5, "font-size": 11, fill: COLOURS[a.mark]}, l.text)) : null);
      svg.append(mark);
    }
    for (const b of layout.children) {
      const n = b.node, fill = n.msc ? "#d6ecfa" : FILLS[n.category] || "#eeeeee";
      const inner = [h("title", {}, n.group ? `${n.name}: ${n.group.join(", ")}` : `${n.name}, ${n.category}`),
        h("rect", {x: b.x, y: b.y, width: b.width, height: b.height, rx: n.group ? 2 : 8, fill, stroke: "#4a4a4a", "stroke-width": n.group ? 2.5 : 1}),
        h("text", {x: b.x + b.width / 2, y: b.y + 16, "text-anchor": "middle", "font-size": 13, fill: "#111"}, b.lines.map((l, i) => [i ? " " : null, h("tspan", {x: b.x + b.width / 2, dy: i ? 16 : 0}, l)])), " ",
        h("text", {x: b.x + b.width / 2, y: b.y + b.height - 5, "text-anchor": "middle", "font-size": 9.5, fill: "#4d4d4d"}, n.group ? "open this group" : n.category)];
      svg.append(n.group
        ? h("g", {class: "node", role: "button", tabindex: "0", "aria-label": `${b.lines.join(" ")} open this group`, onclick: () => options.open(n.name), onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); options.open(n.name); } }}, inner)
        : h("g", {class: "node", role: "link", tabindex: "0", "aria-label": `${b.lines.join(" ")} ${n.category}`, onclick: () => { location.hash = kg.href("entity", n.name); }, onkeydown: (event) => { if (event.key === "Enter") location.hash = kg.href("entity", n.name); }}, inner));
    }
    function label(a) { return `${kg.marks[a.mark].glyph} ${a.papers.size} ${a.level || "–"}`; }
    function pick(a, mark) {
      for (const other of svg.querySelectorAll(".picked")) other.classList.remove("picked");
      mark.classList.add("picked");
      options.pick(a);
    }
    const text = () => new XMLSerializer().serializeToString(svg);
    const buttons = h("p", {class: "tools"},
      h("button", {type: "button", onclick: () => kg.download("msc-kg.svg", "image/svg+xml", text())}, "SVG"),
      h("button", {type: "button", onclick: () => {
        const image = new Image();
        image.onload = () => {
          const canvas = h("canvas", {width: layout.width * 2, height: layout.height * 2});
          canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
          kg.download("msc-kg.png", "image/png", canvas.toDataURL("image/png"));
        };
        image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text());
      }}, "PNG"));
    const legend = h("ul", {class: "legend"}, Object.entries(kg.marks).map(([m, x]) => h("li", {}, kg.sign(m), " ", x.word)),
      h("li", {}, "the number counts papers; then who it was shown in at best"), h("li", {}, "dashed: findings disagree"));
    return h("figure", {class: "picture"}, h("figcaption", {}, title), h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": title}, svg), legend, buttons);
  };

  // The same arrows as a matrix: subjects down, objects across.
  kg.matrix = function (title, arrows, pick) {
    const subjects = [...new Set(arrows.map((a) => a.subject))].sort(), objects = [...new Set(arrows.map((a) => a.object))].sort();
    const at = new Map();
    for (const a of arrows) { const key = a.subject + "\n" + a.object; at.set(key, [...(at.get(key) || []), a]); }
    return h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": title},
      h("table", {class: "matrix"}, h("caption", {}, title),
        h("thead", {}, h("tr", {}, h("td", {}), objects.map((o) => h("th", {scope: "col"}, h("span", {}, o))))),
        h("tbody", {}, subjects.map((s) => h("tr", {}, h("th", {scope: "row"}, s), objects.map((o) => h("td", {},
          (at.get(s + "\n" + o) || []).map((a) => h("button", {type: "button", class: "cell " + kg.marks[a.mark].css + " " + (a.level || "").replace(" ", "-"), title: `${s} ${kg.marks[a.mark].word} ${o}: ${kg.plural(a.papers.size, "paper")}, ${a.level}`,
            onclick: () => pick(a)}, kg.marks[a.mark].glyph, h("span", {class: "hidden"}, ` ${s} ${kg.marks[a.mark].word} ${o}, ${a.level}`), (a.level || "–")[0].toUpperCase())))))))));
  };
})(window.kg);
