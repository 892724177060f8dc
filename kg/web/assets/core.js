"use strict";
// Making elements, addresses, and words that every view uses. All text is set as text, never as markup.
window.kg = window.kg || {};
(function (kg) {
  kg.views = {};

  // An element: h("a", {href: "…", onclick: f}, "text", child, [children]). null and false are left out.
  kg.h = function h(tag, attributes, ...children) {
    const svg = kg.h.svg.has(tag);
    const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name === "value" && !svg) node.value = value;
      else node.setAttribute(name, value === true ? "" : String(value));
    }
    const put = (child) => {
      if (child === null || child === undefined || child === false) return;
      if (Array.isArray(child)) child.forEach(put);
      else node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    };
    children.forEach(put);
    return node;
  };
  kg.h.svg = new Set(["svg", "g", "path", "rect", "text", "tspan", "title", "desc", "defs", "marker", "polygon", "circle", "line"]);

  // Addresses: #/view/key?name=value. Parameters may repeat.
  kg.href = function (view, key, parameters) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters || {})) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (one !== null && one !== undefined && one !== "" && one !== false) query.append(name, one === true ? "1" : one);
      }
    }
    const text = query.toString();
    return "#/" + view + (key ? "/" + encodeURIComponent(key) : "") + (text ? "?" + text : "");
  };
  kg.place = function () {
    const [path, query] = (location.hash.replace(/^#\/?/, "") || "").split(/\?(.*)/s);
    const [view, ...rest] = path.split("/");
    let key = rest.join("/");
    try { key = decodeURIComponent(key); } catch (error) { /* as it stands */ }
    return {view: view || "start", key, query: new URLSearchParams(query || "")};
  };
  kg.link = (text, view, key, parameters) => kg.h("a", {href: kg.href(view, key, parameters)}, text);
  kg.entity = (name) => kg.link(name, "entity", name);

  // Words.
  kg.plural = (n, word, several) => n.toLocaleString("en") + " " + (n === 1 ? word : several || word + "s");
  kg.marks = {
    "+": {glyph: "▲", word: "raises", css: "plus"}, "-": {glyph: "▼", word: "lowers", css: "minus"},
    "?": {glyph: "◆", word: "acts on, direction not shown", css: "unknown"},
    "0": {glyph: "○", word: "no effect found", css: "none"},
  };
  kg.sign = (mark) => {
    const m = kg.marks[mark] || kg.marks["?"];
    return kg.h("span", {class: "sign " + m.css, title: m.word}, m.glyph, kg.h("span", {class: "hidden"}, " " + m.word + " "));
  };
  kg.belief = (value, range) => kg.h("span", {class: "belief", title: range ? `belief ${value.toFixed(2)}, 95 % interval ${range[0].toFixed(2)} to ${range[1].toFixed(2)}; it ranks statements and is no probability` : null},
    kg.h("span", {class: "bar", "aria-hidden": "true"}, kg.h("span", {class: "fill w" + Math.round(value * 20)})), value.toFixed(2));
  kg.level = (level, rung) => level ? kg.h("span", {class: "level " + level.replace(" ", "-"), title: rung || null}, level) : kg.h("span", {class: "level"}, "not stated");
  kg.paper = (id) => kg.link(id, "paper", id);
  kg.list = (items, glue) => items.flatMap((item, i) => i ? [glue || ", ", item] : [item]);

  // Messages to the reader and to screen readers.
  kg.say = (text) => { document.getElementById("status").textContent = text; };
  kg.failed = function (error) {
    const near = (error.nearest || []).slice(0, 8);
    return kg.h("section", {class: "note", role: "alert"},
      kg.h("p", {}, (kg.inWords ? kg.inWords(error.message || String(error)) : String(error))),
      near.length ? kg.h("p", {}, "Nearest: ", kg.list(near.map(kg.entity))) : null);
  };
  kg.title = (text, about) => [
    kg.h("h1", {tabindex: "-1"}, text),
    about ? kg.h("p", {class: "about"}, about) : null];

  kg.download = function (name, type, text) {
    const link = kg.h("a", {href: text.startsWith("data:") ? text : "data:" + type + ";charset=utf-8," + encodeURIComponent(text), download: name});
    document.body.append(link); link.click(); link.remove();
  };
  kg.copy = function (text, told) {
    const done = () => kg.say(told || "Copied.");
    if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(text).then(done, () => kg.say("Could not copy."));
    else { const box = kg.h("textarea", {}, text); document.body.append(box); box.select(); document.execCommand("copy"); box.remove(); done(); }
  };
})(window.kg);
