// Learning from votes: one click, a live curve, agreement before and after, the model that comes of it.
import { Refusal, callJson, make, percent } from "/page/api.js";
import { fillModels } from "/page/rank.js";

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, LEFT, BOTTOM] = [640, 220, 54, 26];
let timer = null;
let offered = 0;

function shape(tag, properties, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Scores of the training and agreement on held-out pairs over steps; both from 0 to 1. */
function draw(run) {
  const x = (step) => LEFT + (WIDTH - LEFT - 12) * step / run.steps;
  const y = (share) => 8 + (HEIGHT - BOTTOM - 8) * (1 - share);
  const line = (points, name) => shape("polyline", { class: name, points: points.map((point) => point.join()).join(" ") });
  const parts = [];
  for (const share of [0, 0.5, 1]) {
    parts.push(shape("line", { class: "grid", x1: LEFT, x2: WIDTH - 12, y1: y(share), y2: y(share) }));
    parts.push(shape("text", { x: LEFT - 6, y: y(share) + 4, "text-anchor": "end" }, percent(share)));
  }
  parts.push(shape("text", { x: LEFT, y: HEIGHT - 6 }, "step 0"));
  parts.push(shape("text", { x: WIDTH - 12, y: HEIGHT - 6, "text-anchor": "end" }, `step ${run.steps}`));
  parts.push(line(run.scores.map(({ step, score }) => [x(step), y(score)]), "score"));
  parts.push(line(run.agreement.map(({ step, share }) => [x(step), y(share)]), "held-out"));
  for (const { step, share, ci } of run.agreement) {
    parts.push(shape("line", { class: "held-out", x1: x(step), x2: x(step), y1: y(ci[0]), y2: y(ci[1]) }));
    parts.push(shape("circle", { class: "held-out", cx: x(step), cy: y(share), r: 4 }));
  }
  $("learn-curve").replaceChildren(...parts);
  $("learn-curve").setAttribute("aria-label",
    `Agreement with held-out votes: ${run.agreement.map(({ step, share }) => `${percent(share)} at step ${step}`).join(", ")}`);
}

function agreementRow(label, one) {
  const cells = one ? [percent(one.share), `${percent(one.ci[0])} – ${percent(one.ci[1])}`, one.brier.toFixed(3)] : ["–", "–", "–"];
  return make("tr", {}, make("th", { scope: "row", textContent: label }),
    ...cells.map((textContent) => make("td", { className: "number", textContent })));
}

function stateText(run) {
  const said = run.message ? ` ${run.message}` : "";
  const place = `step ${run.step} of ${run.steps}`;
  if (run.state === "training") {
    return run.agreement.length ? `Training, ${place}, ${Math.round(run.seconds)} s.` : "Asking the judge about the held-out pairs …";
  }
  const words = { done: "Done", stopped: "Stopped", failed: "The training failed", interrupted: "Interrupted when the server ended" };
  return `${words[run.state]} at ${place}${run.seconds ? ` after ${Math.round(run.seconds)} s` : ""}.${said}`;
}

function showRun(run) {
  $("learn-run").hidden = !run;
  if (!run) return;
  $("learn-state").textContent = stateText(run);
  $("learn-about").textContent = `${run.name}: LoRA on ${run.base}, ${run.votes} votes; ` +
    `${run.train_pairs} pairs are trained on, ${run.held_out_pairs} are only asked about.`;
  draw(run);
  $("learn-table").tBodies[0].replaceChildren(agreementRow(`before (${run.base})`, run.before),
    agreementRow(run.after ? `after ${run.after.step} steps` : "after", run.after));
  $("learn-model").textContent = run.model && run.state !== "training"
    ? `${run.model} is among the models under Rank. ` +
      (run.held_out_pairs < 30 ? "So few held-out pairs say little: look at the intervals." : "") : "";
}

function showButtons(learn, run) {
  const busy = run?.state === "training", missing = learn.pairs_needed - learn.pairs;
  $("learn-start").disabled = busy || missing > 0;
  $("learn-stop").hidden = !busy;
  $("learn-resume").hidden = !run || busy || run.state === "done";
  $("learn-model-row").hidden = learn.models.length < 2;
  if ($("learn-base").options.length !== learn.models.length) {
    $("learn-base").replaceChildren(...learn.models.map((name) => make("option", { value: name, textContent: name })));
  }
  $("learn-note").textContent = missing > 0
    ? `Votes for one of two are needed on ${learn.pairs_needed} pairs, and there are ${learn.pairs}.`
    : `${learn.pairs} pairs have votes for one of two. It takes ${learn.minutes} minutes at most and leaves the server at work.`;
}

function showLearn(learn) {
  const run = learn.runs.at(-1);
  $("learn").hidden = false;
  showRun(run);
  showButtons(learn, run);
  const models = learn.runs.filter((one) => one.model).length;
  if (models !== offered) fillModels().catch(() => {});
  offered = models;
  clearTimeout(timer);
  if (run?.state === "training") timer = setTimeout(lookAtLearning, 1000);
}

/** Asks how it stands, and again while a training is under way. */
export async function lookAtLearning() {
  try {
    showLearn(await callJson("/v1/learn"));
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return;  // this server teaches nothing
    $("learn-note").textContent = error.message;
    clearTimeout(timer);
    timer = setTimeout(lookAtLearning, 2000);
  }
}

async function ask(method, body) {
  try {
    showLearn(await callJson("/v1/learn", { method, body: body && JSON.stringify(body) }));
  } catch (error) {
    $("learn-note").textContent = error.message;
  }
}

export function startLearn() {
  $("learn-start").onclick = () => ask("POST", { model: $("learn-base").value });
  $("learn-resume").onclick = () => ask("POST", { resume: true });
  $("learn-stop").onclick = () => ask("DELETE");
}
