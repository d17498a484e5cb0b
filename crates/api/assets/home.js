// The plain first page: the heads of the gold tables and the inbox, straight from the API.
"use strict";

const TABLES = ["daily_bookings_by_source", "bookings_trend", "cost_per_booking", "channel_attribution", "booking_time_analysis"];
const ROWS = 8;
const INBOX_COLUMNS = ["received_at", "vendor", "kind", "status", "error_class", "resource_uri", "delivery_id"];

async function get(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" } });
  const body = await answer.json();
  if (answer.status === 401) welcome(false);
  if (!answer.ok) throw new Error(body.detail || body.title || `HTTP ${answer.status}`);
  return body;
}

// Shows the numbers, or the form that leads to them.
function welcome(loggedIn) {
  document.querySelector("main").hidden = !loggedIn;
  document.getElementById("logout").hidden = !loggedIn;
  document.getElementById("login").hidden = loggedIn;
  if (!loggedIn) document.getElementById("freshness").textContent = "From the first form to cash.";
}

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.json()).detail);
}

document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const error = document.getElementById("login-error");
  error.textContent = "";
  try {
    await post("/api/auth/login", { email: form.get("email"), password: form.get("password") });
    event.target.reset();
    await start();
  } catch (problem) {
    error.textContent = problem.message;
  }
});

document.getElementById("logout").addEventListener("click", async () => {
  await post("/api/auth/logout", {});
  welcome(false);
});

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
    const { items } = await get("/api/inbox?limit=15"); // admins only; others read why
    return [items.length ? table(INBOX_COLUMNS, items) : element("p", "Nothing has arrived yet.")];
  });
}

async function start() {
  const me = await fetch("/api/auth/me");
  welcome(me.ok);
  if (me.ok) await refresh();
}

start();
setInterval(() => {
  if (!document.querySelector("main").hidden) refresh();
}, 15000);
