// The plain first page: the heads of the gold tables and the inbox, straight from the API.
"use strict";

const TABLES = ["daily_bookings_by_source", "bookings_trend", "cost_per_booking", "channel_attribution", "booking_time_analysis"];
const ROWS = 8;
const INBOX_COLUMNS = ["received_at", "vendor", "kind", "status", "error_class", "resource_uri", "delivery_id"];

async function get(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail || body.title || `HTTP ${answer.status}`);
  return body;
}

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function cell(value) {
  if (value === null || value === undefined) return element("td", "–", "null");
  return element("td", String(value), typeof value === "number" ? "number" : "");
}

function table(columns, rows) {
  const out = element("table");
  const head = out.createTHead().insertRow();
  for (const name of columns) {
    const numeric = rows.length > 0 && typeof rows[0][name] === "number";
    const th = element("th", name, numeric ? "number" : "");
    th.scope = "col";
    head.append(th);
  }
  const body = out.createTBody();
  for (const row of rows) body.insertRow().append(...columns.map((name) => cell(row[name])));
  const frame = element("div", undefined, "scroll");
  frame.append(out);
  return frame;
}

async function show(into, load) {
  try {
    into.replaceChildren(...(await load()));
  } catch (error) {
    into.replaceChildren(element("p", error.message, "error"));
  }
}

async function goldTable(name) {
  const answer = await get(`/api/marketing/${name}?limit=1000`);
  const rows = answer.items.slice(-ROWS).reverse();
  const nodes = [element("h3", name)];
  nodes.push(rows.length ? table(Object.keys(rows[0]), rows) : element("p", "No rows yet: they come with the next ETL run."));
  return { nodes, answer };
}

async function refresh() {
  await show(document.getElementById("tables"), async () => {
    const all = await Promise.all(TABLES.map(goldTable));
    const { as_of, lag_seconds } = all[0].answer;
    document.getElementById("freshness").textContent = as_of ? `Numbers as of ${as_of}, ${lag_seconds} s behind.` : "No run yet.";
    return all.flatMap(({ nodes }) => nodes);
  });
  await show(document.getElementById("inbox"), async () => {
    const { items } = await get("/api/inbox?limit=15");
    return [items.length ? table(INBOX_COLUMNS, items) : element("p", "Nothing has arrived yet.")];
  });
}

refresh();
setInterval(refresh, 15000);
