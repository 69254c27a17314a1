// How the page talks to the server, and what it keeps in the browser (IndexedDB).

let key = sessionStorage.getItem("juror-key") || "";

/** Thrown for a refusal of the server (`status`) or when nobody answers (0). */
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function askForKey() {
  const dialog = document.getElementById("key");
  if (dialog.open) return false;
  dialog.showModal();
  await new Promise((done) => dialog.addEventListener("close", done, { once: true }));
  key = document.getElementById("key-text").value;
  sessionStorage.setItem("juror-key", key);
  return dialog.returnValue === "ok" && key !== "";
}

/** fetch with the key; a refusal is thrown as its sentence. */
export async function call(path, options = {}) {
  const headers = { ...(options.headers || {}) };
  if (key) headers.Authorization = `Bearer ${key}`;
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "unreachable", "The server does not answer.");
  }
  if (response.status === 401 && (await askForKey())) return call(path, options);
  if (response.ok) return response;
  let said = {};
  try {
    said = (await response.json()).error || {};
  } catch { /* no JSON: the status says it */ }
  throw new Refusal(response.status, said.code, said.message || `The server answered ${response.status}.`);
}

export const callJson = async (path, options) => (await call(path, options)).json();

/** Ranks; `told(done, total)` hears of progress. Resolves to the answer of /v1/rank. */
export async function rank(form, told, signal) {
  const response = await call("/v1/rank", {
    method: "POST", body: form, signal, headers: { Accept: "text/event-stream" },
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refusal(0, "cut_short", "The server went away before the ranking was done.");
    }
    if (piece.done) throw new Refusal(0, "cut_short", "The server ended the answer before its result.");
    text += piece.value;
    for (let end; (end = text.indexOf("\n\n")) >= 0; text = text.slice(end + 2)) {
      const event = /^event: (\w+)\ndata: (.*)$/s.exec(text.slice(0, end));
      if (!event) continue;
      const data = JSON.parse(event[2]);
      if (event[1] === "progress") told(data.done, data.total);
      if (event[1] === "result") return data;
      if (event[1] === "error") throw new Refusal(500, data.error.code, data.error.message);
    }
  }
}

let database = null;

function open() {
  database ??= new Promise((done, failed) => {
    const request = indexedDB.open("juror", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("kept");
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  return database;
}

async function store(mode, work) {
  const transaction = (await open()).transaction("kept", mode);
  const request = work(transaction.objectStore("kept"));
  return new Promise((done, failed) => {
    transaction.oncomplete = () => done(request.result);
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
}

/** What survives a reload; null where nothing was kept. */
export const load = (name) => store("readonly", (kept) => kept.get(name)).catch(() => null);
export const save = (name, value) => store("readwrite", (kept) => kept.put(value, name));

/** Offers text as a file. */
export function download(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** An element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const { dataset, ...plain } = properties;
  const element = Object.assign(document.createElement(tag), plain);
  Object.assign(element.dataset, dataset || {});
  element.append(...children);
  return element;
}

export const percent = (share) => `${(100 * share).toFixed((share > 0.995 && share < 1) || (share > 0 && share < 0.005) ? 1 : 0)} %`;

/** A bar of a probability with its interval. */
export function intervalBar(score, low, high) {
  const range = make("i"), at = make("b");
  range.style.left = `${100 * low}%`;
  range.style.width = `${100 * (high - low)}%`;
  at.style.left = `${100 * score}%`;
  const bar = make("div", { className: "interval" }, range, at);
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `${percent(score)}, 95 % interval ${percent(low)} to ${percent(high)}`);
  return bar;
}
