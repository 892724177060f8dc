"use strict";
// Shows the view of the address, again whenever it changes.
(function (kg) {
  const {h} = kg;
  const views = [["paths", "Paths"], ["conflicts", "Conflicts"], ["compare", "Compare"], ["trials", "Trials"],
    ["hypotheses", "Hypotheses"], ["explain", "Explain my data"], ["ontology", "Ontology"], ["sparql", "SPARQL"]];
  const places = new Map();
  let turn = 0, here = location.href, clicked = 0;
  if ("scrollRestoration" in history) history.scrollRestoration = "manual";
  window.addEventListener("scroll", () => places.set(here, window.scrollY), {passive: true});
  // A page that one comes back to is shown where it was left; one that is asked for, from its top.
  for (const kind of ["click", "submit", "change", "keydown"]) document.addEventListener(kind, () => { clicked = Date.now(); }, true);

  async function show() {
    if (/^#(main|skip)?$/.test(location.hash) && location.hash.length > 1) return;
    const mine = ++turn, began = Date.now(), place = kg.place(), main = document.getElementById("main");
    for (const a of document.querySelectorAll("#nav a")) {
      if (a.getAttribute("href") === "#/" + place.view) a.setAttribute("aria-current", "page");
      else a.removeAttribute("aria-current");
    }
    main.setAttribute("aria-busy", "true");
    const waiting = setTimeout(() => { if (mine === turn) main.replaceChildren(h("p", {class: "waiting", role: "status"}, "Looking …")); }, 250);
    let parts;
    try {
      const view = kg.views[place.view];
      if (!view) throw new Error(`There is no view called “${place.view}”.`);
      parts = await view(place);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      parts = [kg.title("Nothing here"), kg.failed(error)];
    }
    clearTimeout(waiting);
    if (mine !== turn || !parts) return;
    main.replaceChildren(...[parts].flat(9).filter(Boolean));
    main.removeAttribute("aria-busy");
    const heading = main.querySelector("h1");
    document.title = (heading ? heading.textContent + " · " : "") + "msc-kg";
    here = location.href;
    if (show.later && heading) { heading.focus({preventScroll: true}); window.scrollTo(0, began - clicked > 400 ? places.get(here) || 0 : 0); }
    show.later = true;
    main.dispatchEvent(new CustomEvent("shown"));
  }

  kg.start = kg.api("start");
  document.getElementById("nav").append(...views.map(([view, text]) => h("li", {}, h("a", {href: "#/" + view}, text))));
  document.getElementById("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = document.getElementById("q").value.trim();
    if (text) location.hash = kg.href("search", "", {q: text});
  });
  document.getElementById("skip").addEventListener("click", (event) => { event.preventDefault(); document.getElementById("main").focus(); });
  kg.start.then((start) => {
    document.getElementById("names").append(...start.entities.map((name) => h("option", {value: name})));
    document.getElementById("foot").append(h("p", {}, `msc-kg ${start.version}: ${kg.plural(start.counts.papers, "paper")}, ${kg.plural(start.counts["evidence lines"], "evidence line")}, ${kg.plural(start.counts.statements, "statement")}. A tool for research, not medical advice. `,
      kg.isLocal ? null : [h("a", {href: "api/openapi.json"}, "Interface for programs"), " · ", h("a", {href: ".well-known/void"}, "about this dataset")]));
  }).catch(() => {});
  window.addEventListener("hashchange", show);
  show();
})(window.kg);
