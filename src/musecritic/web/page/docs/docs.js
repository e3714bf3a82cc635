// The schema of the API, for people.

import { make } from "../words.js";

const schema = await (await fetch("../openapi.json")).json();

const typed = (of) => of.$ref?.split("/").pop() ?? of.anyOf?.map(typed).join(" or ")
  ?? of.enum?.map((value) => JSON.stringify(value)).join(" or ")
  ?? (of.type === "array" ? `list of ${typed(of.items)}` : of.type ?? "any");

function ranged(of) {
  const bounds = { minimum: "≥", maximum: "≤", exclusiveMinimum: ">", exclusiveMaximum: "<" };
  const said = Object.entries(bounds).flatMap(([key, sign]) => (key in of ? [`${sign} ${of[key]}`] : []));
  if (of.default !== undefined && of.default !== null) said.push(`default ${of.default}`);
  return said.join(", ");
}

function table(head, rows) {
  const cells = (tag, row) => make("tr", {}, ...row.map((cell) => make(tag, {}, cell)));
  return make("div", { className: "scroll" }, make("table", {}, make("thead", {}, cells("th", head)), make("tbody", {}, ...rows.map((row) => cells("td", row)))));
}

const code = (text) => make("code", { textContent: text });

for (const [path, methods] of Object.entries(schema.paths)) {
  for (const [method, told] of Object.entries(methods)) {
    const body = Object.entries(told.requestBody?.content ?? {});
    const asked = (told.parameters ?? []).map((one) => [code(one.name), one.in, typed(one.schema), ranged(one.schema), one.description ?? ""]);
    for (const [type, { schema: of }] of body) asked.push([code("body"), type, typed(of), "", told.requestBody.required ? "required" : ""]);
    const answers = Object.entries(told.responses).map(([status, answer]) => [status, answer.description]);
    document.getElementById("paths").append(make("section", { className: "card" },
      make("h2", {}, code(`${method.toUpperCase()} ${path}`)),
      make("p", { textContent: told.summary ?? "" }),
      ...(asked.length ? [table(["name", "in", "type", "range", ""], asked)] : []),
      make("details", {}, make("summary", { textContent: "Answers" }), table(["status", "meaning"], answers)),
    ));
  }
}

for (const [name, of] of Object.entries(schema.components.schemas)) {
  const rows = Object.entries(of.properties ?? {}).map(([key, value]) => [code(key), typed(value), ranged(value), value.description ?? ""]);
  document.getElementById("schemas").append(make("section", { className: "card" },
    make("h3", { textContent: name }), make("p", { textContent: of.description ?? "" }), table(["key", "type", "range", ""], rows)));
}
