"use strict";
// Answers from the server. The static site brings a script of its own in place of this one.
(function (kg) {
  if (kg.api) return;
  kg.isLocal = false;
  kg.api = async function (address, parameters) {
    const query = new URLSearchParams();
    for (const [name, value] of parameters instanceof URLSearchParams ? parameters : Object.entries(parameters || {})) {
      for (const one of Array.isArray(value) ? value : [value]) if (one !== null && one !== undefined && one !== "") query.append(name, one);
    }
    const path = "api/" + address.split("/").map(encodeURIComponent).join("/");
    let response;
    try { response = await fetch(path + (query.toString() ? "?" + query : "")); }
    catch (error) { throw new Error("The server does not answer. Is `kg serve` still running?"); }
    const data = await response.json().catch(() => ({error: "The server sent something that is no answer (" + response.status + ")."}));
    if (!response.ok) throw Object.assign(new Error(data.error), {nearest: data.nearest, status: response.status});
    return data;
  };
  // Rows of a query as {columns, rows}, or {text} for one that makes triples.
  kg.query = async function (text) {
    const response = await fetch("sparql", {method: "POST", body: new URLSearchParams({query: text}), headers: {Accept: "application/sparql-results+json, text/turtle;q=0.9"}});
    const body = await response.text();
    if (!response.ok) throw new Error(body);
    if (!(response.headers.get("content-type") || "").includes("json")) return {text: body};
    const data = JSON.parse(body), note = response.headers.get("x-kg-note");
    if ("boolean" in data) return {columns: ["answer"], rows: [[String(data.boolean)]], note};
    return {columns: data.head.vars, rows: data.results.bindings.map((b) => data.head.vars.map((v) => (b[v] ? b[v].value : null))), note, isCut: Boolean(response.headers.get("x-kg-cut"))};
  };
  kg.twin = (address, parameters) => {
    const query = new URLSearchParams(parameters).toString();
    return "api/" + address.split("/").map(encodeURIComponent).join("/") + (query ? "?" + query : "");
  };
})(window.kg);
