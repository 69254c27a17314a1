// The view that ranks: choosing images, asking, cards with reasons, two of them side by side.
import { Refusal, call, download, intervalBar, make, percent, rank, callJson } from "/page/api.js";
import { changed, imageOf, newId, onChange, state } from "/page/state.js";
import { showPair } from "/page/zoom.js";

const $ = (id) => document.getElementById(id);
const TYPES = ["image/jpeg", "image/png", "image/webp"];
let running = null;
let picked = [];

function trouble(text) {
  $("trouble").hidden = !text;
  $("trouble").textContent = text || "";
}

function addFiles(files) {
  const other = [...files].filter((file) => !TYPES.includes(file.type));
  for (const file of files) {
    if (!TYPES.includes(file.type)) continue;
    state.images.push({ id: newId(), name: file.name || "pasted image", blob: file, url: URL.createObjectURL(file), hash: null });
  }
  trouble(other.length ? `${other.map((file) => file.name).join(", ")}: only JPEG, PNG and WebP are read.` : "");
  changed();
}

function showChosen() {
  $("chosen").replaceChildren(...state.images.map((image) => {
    const remove = make("button", { type: "button", textContent: "✕" });
    remove.setAttribute("aria-label", `Remove ${image.name}`);
    remove.onclick = () => {
      state.images = state.images.filter((one) => one !== image);
      URL.revokeObjectURL(image.url);
      changed();
    };
    return make("li", {}, make("img", { src: image.url, alt: image.name, title: image.name }), remove);
  }));
  $("rank").disabled = state.images.length < 2 || running !== null;
  $("rank").title = state.images.length < 2 ? "Two images or more are needed" : "";
}

function card(result) {
  const image = imageOf(state.ranking.ids[result.index]);
  if (!image) return null;
  const box = make("input", { type: "checkbox", checked: picked.includes(image.id) });
  const item = make("li", { className: "card" },
    make("button", { type: "button", className: "picture", onclick: () => showPair(image.id, null) },
      make("img", { src: image.url, alt: image.name }), make("span", { className: "place", textContent: result.position })),
    make("div", { className: "text" },
      make("span", { className: "name", textContent: image.name }),
      make("div", { className: "score" }, make("strong", { textContent: percent(result.score) }),
        make("span", { className: "hint", textContent: `${percent(result.ci[0])} – ${percent(result.ci[1])}` })),
      intervalBar(result.score, ...result.ci),
      ...(result.reasoning ? [make("p", { className: "why", textContent: result.reasoning })] : []),
      make("label", { className: "pick" }, box, "compare")));
  item.classList.toggle("picked", box.checked);
  box.onchange = () => {
    picked = box.checked ? [...picked, image.id].slice(-2) : picked.filter((id) => id !== image.id);
    showResult();
  };
  return item;
}

function showResult() {
  const ranking = state.ranking;
  $("result").hidden = !ranking;
  if (!ranking) return;
  picked = picked.filter((id) => imageOf(id));
  $("result-title").textContent = ranking.prompt ? `“${ranking.prompt}”` : "Ranking";
  const seconds = (ranking.timings.total_ms / 1000).toFixed(1);
  const tied = ranking.results.some((result) => result.tied_with.length);
  $("result-note").textContent = [
    `${ranking.model}: ${ranking.usage.votes} votes on ${ranking.comparisons.length} pairs in ${seconds} s.`,
    "The percentage is the probability to win against the average of these images.",
    tied ? "Where intervals overlap, these votes do not tell the images apart." : "",
    ...ranking.warnings, ...ranking.errors.map((error) => `${state.ranking.names[error.index]}: ${error.message}`),
  ].filter(Boolean).join(" ");
  $("cards").replaceChildren(...ranking.results.map(card).filter(Boolean));
  $("compare").disabled = picked.length !== 2;
  $("compare").textContent = picked.length === 2 ? "Compare side by side" : "Pick two to compare";
}

function showProgress(done, total, began) {
  $("progress").hidden = false;
  const bar = $("bar");
  if (total) {
    bar.max = total;
    bar.value = done;
  } else {
    bar.removeAttribute("value");
  }
  const left = done > 0 ? Math.ceil((Date.now() - began) / done * (total - done) / 1000) : null;
  $("progress-text").textContent = !total ? "waiting for the judge …"
    : `${done} of ${total} comparisons${left === null ? "" : ` · about ${left} s left`}`;
}

async function ask(event) {
  event.preventDefault();
  if (running || state.images.length < 2) return;
  const form = new FormData();
  form.set("prompt", state.prompt);
  form.set("model", $("model").value);
  form.set("mode", $("mode").value);
  form.set("votes", $("votes").value);
  const images = [...state.images];
  for (const image of images) form.append("images", image.blob, image.name);
  running = new AbortController();
  trouble("");
  showRunning();
  const began = Date.now();
  showProgress(0, 0, began);
  try {
    const answer = await rank(form, (done, total) => showProgress(done, total, began), running.signal);
    state.ranking = { ...answer, prompt: state.prompt, ids: images.map((image) => image.id), names: images.map((image) => image.name) };
    picked = [];
  } catch (error) {
    if (error.name !== "AbortError") {
      trouble(error instanceof Refusal ? error.message : `This page has a fault: ${error.message}`);
    }
  }
  running = null;
  $("progress").hidden = true;
  showRunning();
  changed();
  if (state.ranking) $("result").scrollIntoView({ block: "nearest" });
}

function showRunning() {
  $("stop").hidden = running === null;
  $("rank").disabled = running !== null || state.images.length < 2;
}

function csv() {
  const cell = (text) => `"${String(text).replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;
  const rows = state.ranking.results.map((result) => [result.position, cell(state.ranking.names[result.index]), result.score,
    ...result.ci, cell(result.reasoning || "")].join(","));
  return ["position,image,score,low,high,reason", ...rows].join("\r\n") + "\r\n";
}

export async function fillModels() {
  const models = (await callJson("/v1/models")).data;
  const chosen = $("model").value;
  $("model").replaceChildren(...models.map((model) => make("option", { value: model.id, textContent: model.id })));
  if (models.some((model) => model.id === chosen)) $("model").value = chosen;
  return models;
}

export function startRank() {
  $("ask").addEventListener("submit", ask);
  $("stop").onclick = () => running?.abort();
  $("pick").onclick = () => $("files").click();
  $("files").onchange = () => {
    addFiles($("files").files);
    $("files").value = "";
  };
  $("prompt").value = state.prompt;
  $("prompt").oninput = () => {
    state.prompt = $("prompt").value;
    changed();
  };
  $("clear").onclick = () => {
    for (const image of state.images) URL.revokeObjectURL(image.url);
    Object.assign(state, { images: [], ranking: null, votes: state.votes.filter((vote) => !vote.sent) });
    trouble("");
    changed();
  };
  $("compare").onclick = () => showPair(...picked);
  $("save-json").onclick = () => {
    const { ids, names, ...answer } = state.ranking;
    download("ranking.json", "application/json", JSON.stringify({ ...answer, names }, null, 2));
  };
  $("save-csv").onclick = () => download("ranking.csv", "text/csv", csv());
  const drop = $("drop");
  for (const kind of ["dragover", "dragenter"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    addFiles(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) addFiles(event.clipboardData.files);
  });
  onChange(() => {
    showChosen();
    showResult();
  });
  call("/props").then((response) => response.json()).then((props) => { $("votes").value = props.judging.votes; }).catch(() => {});
}
