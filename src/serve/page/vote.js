// The view that votes, blind: a pair without names, sides by chance, keys. Votes are kept here first and
// sent when the server is there, so that none is lost.
import { Refusal, callJson, percent } from "/page/api.js";
import { changed, imageOf, judgeOf, newId, onChange, state } from "/page/state.js";

const $ = (id) => document.getElementById(id);
const NEXT_MS = 1600;
let pair = null;      // { a, b }: ids of the images as shown
let voted = null;     // the vote that was just given on it
let timer = null;
let isSending = false;

const keyOf = (first, second) => [first, second].sort().join("|");
const votedPairs = () => new Set(state.votes.filter((vote) => vote.prompt === state.prompt).map((vote) => keyOf(...vote.pair)));

/** A pair that has no vote yet, of images with the fewest votes first; null when all have one. */
function choosePair() {
  const known = votedPairs();
  const count = new Map(state.images.map((image) => [image.id, 0]));
  for (const vote of state.votes) {
    if (vote.prompt !== state.prompt) continue;
    for (const id of vote.pair) if (count.has(id)) count.set(id, count.get(id) + 1);
  }
  let best = null, least = Infinity;
  state.images.forEach((first, i) => state.images.slice(i + 1).forEach((second) => {
    if (known.has(keyOf(first.id, second.id))) return;
    const rank = count.get(first.id) + count.get(second.id) + Math.random() * 0.9;
    if (rank < least) [least, best] = [rank, [first.id, second.id]];
  }));
  if (!best) return null;
  if (Math.random() < 0.5) best.reverse();
  return { a: best[0], b: best[1] };
}

function show() {
  const total = state.images.length * (state.images.length - 1) / 2;
  if (pair && !(imageOf(pair.a) && imageOf(pair.b))) pair = voted = null;
  if (!pair) pair = choosePair();
  const isDone = !pair;
  $("vote-empty").hidden = !isDone;
  $("ballot").hidden = isDone && !state.votes.length;
  $("vote-empty").querySelector("p").textContent = state.images.length < 2
    ? "Add two images or more under Rank, then come back and vote on them blind."
    : "Every pair has your vote. The ratings stand under Leaderboard.";
  for (const part of document.querySelectorAll("#ballot .pair, #ballot .choices, #ballot .vote-prompt")) part.hidden = isDone;
  const done = votedPairs().size, waiting = state.votes.filter((vote) => !vote.sent).length;
  $("vote-count").textContent = `${Math.min(done, total)} of ${total} pairs voted.` +
    (waiting ? ` ${waiting} ${waiting === 1 ? "vote waits" : "votes wait"} here until the server answers.` : "");
  $("undo").disabled = !state.votes.some((vote) => vote.prompt === state.prompt);
  $("next").hidden = !voted;
  if (isDone) {
    $("vote-told").textContent = "";
    return;
  }
  $("vote-question").textContent = state.prompt ? "Which is better for" : "Which is the better picture?";
  $("vote-prompt").textContent = state.prompt ? `“${state.prompt}”?` : "";
  for (const side of ["a", "b"]) {
    const image = imageOf(pair[side]);
    if ($(`image-${side}`).src !== image.url) $(`image-${side}`).src = image.url;
    $(`name-${side}`).textContent = voted ? image.name : side.toUpperCase();
    $(`pane-${side}`).classList.toggle("won", voted?.choice === (side === "a" ? "first" : "second"));
  }
  const chosen = voted && { first: "a", second: "b" }[voted.choice] || voted?.choice;
  for (const button of document.querySelectorAll("[data-choice]")) button.setAttribute("aria-pressed", button.dataset.choice === chosen);
  $("vote-told").textContent = voted ? told() : "";
}

/** What the judge thought of the pair, told after the vote alone. */
function told() {
  const judged = judgeOf(pair.a, pair.b);
  if (!judged) return "Thank you. The judge has not compared these two.";
  const side = judged.p >= 0.5 ? "A" : "B";
  return judged.p === 0.5 ? "The judge sees a tie." : `The judge says ${side}, ${percent(Math.max(judged.p, 1 - judged.p))}.`;
}

function vote(choice) {
  if (voted) next();
  if (!pair) return;
  const judged = judgeOf(pair.a, pair.b);
  voted = {
    id: newId(), prompt: state.prompt, pair: [pair.a, pair.b], sent: false,
    names: [imageOf(pair.a).name, imageOf(pair.b).name],
    choice: { a: "first", b: "second" }[choice] || choice,
    judge: judged ? { p: judged.p, model: state.ranking.model } : null,
  };
  state.votes.push(voted);
  changed().then(send);
  clearTimeout(timer);
  timer = setTimeout(next, NEXT_MS);
}

function next() {
  clearTimeout(timer);
  voted = pair = null;
  show();
}

async function undo() {
  const last = state.votes.filter((one) => one.prompt === state.prompt).pop();
  if (!last) return;
  clearTimeout(timer);
  state.votes = state.votes.filter((one) => one !== last);
  pair = { a: last.pair[0], b: last.pair[1] };
  voted = null;
  changed();
  if (last.sent) {
    await callJson(`/v1/votes?id=${encodeURIComponent(last.id)}`, { method: "DELETE" }).catch(() => {
      state.votes.push(last);  // the server keeps it, so it stands
      changed();
    });
  }
}

async function dataUri(blob) {
  const reader = new FileReader();
  await new Promise((done, failed) => {
    reader.onload = done;
    reader.onerror = failed;
    reader.readAsDataURL(blob);
  });
  return reader.result.replace(/^data:[^;,]*/, "data:image");
}

async function sendOne(one) {
  const images = one.pair.map(imageOf);
  if (images.some((image) => !image)) return true;  // cleared before it could be sent: nothing to send it with
  const pictures = await Promise.all(images.map((image) => image.hash || dataUri(image.blob)));
  const body = { id: one.id, prompt: one.prompt, images: pictures, names: one.names, choice: one.choice };
  if (one.judge) Object.assign(body, { judge_p: one.judge.p, judge_model: one.judge.model });
  const answer = await callJson("/v1/votes", { method: "POST", body: JSON.stringify(body) });
  images.forEach((image, i) => { image.hash = answer.images[i]; });
  return true;
}

/** Sends what waits, in order; stops quietly while the server is away. */
export async function send() {
  if (isSending) return;
  isSending = true;
  try {
    for (let one; (one = state.votes.find((vote) => !vote.sent));) {
      try {
        await sendOne(one);
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== "unknown_image") throw error;
        for (const id of one.pair) if (imageOf(id)) imageOf(id).hash = null;  // another server: send the pictures again
        await sendOne(one);
      }
      one.sent = true;
      if (!state.votes.includes(one)) await callJson(`/v1/votes?id=${one.id}`, { method: "DELETE" }).catch(() => {});
      changed();
    }
  } catch { /* it is tried again when the server is seen */ }
  isSending = false;
}

export function startVote() {
  for (const button of document.querySelectorAll("[data-choice]")) button.onclick = () => vote(button.dataset.choice);
  $("pane-a").onclick = () => vote("a");
  $("pane-b").onclick = () => vote("b");
  $("undo").onclick = undo;
  $("next").onclick = next;
  document.addEventListener("keydown", (event) => {
    if ($("view-vote").hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.getAttribute("role") === "tab") return;
    const choice = { ArrowLeft: "a", ArrowRight: "b", ArrowUp: "tie", ArrowDown: "both_bad" }[event.key];
    if (choice) vote(choice);
    else if (event.key === "z" || event.key === "Z" || event.key === "Backspace") undo();
    else if (event.key === " " && voted && event.target.tagName !== "BUTTON") next();
    else return;
    event.preventDefault();
  });
  onChange(show);
}
