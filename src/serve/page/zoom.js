// Two images side by side under one zoom, with what the judge said of them; or one image alone.
import { make, percent } from "/page/api.js";
import { imageOf, judgeOf } from "/page/state.js";

const $ = (id) => document.getElementById(id);
const view = { scale: 1, x: 0, y: 0 };  // x, y: shift in parts of the pane

function apply() {
  for (const id of ["zoom-a", "zoom-b"]) {
    const pane = $(id).parentElement;
    $(id).style.transform =
      `translate(${view.x * pane.clientWidth}px, ${view.y * pane.clientHeight}px) scale(${view.scale})`;
  }
}

/** Zooms so that the point at (x, y), in parts of the pane, stays where it is. */
function zoomAt(x, y, factor) {
  const scale = Math.min(24, Math.max(1, view.scale * factor));
  view.x = x - (x - view.x) * scale / view.scale;
  view.y = y - (y - view.y) * scale / view.scale;
  view.scale = scale;
  keepInside();
}

function keepInside() {
  const most = view.scale - 1;
  view.x = Math.min(0, Math.max(-most, view.x));
  view.y = Math.min(0, Math.max(-most, view.y));
  apply();
}

function reset() {
  Object.assign(view, { scale: 1, x: 0, y: 0 });
  apply();
}

/** A thought with the pictures' names; pair: in the order of the comparison, which the vote may have seen turned. */
function withNames(vote, pair) {
  const [one, two] = (vote.order === "ji" ? [...pair].reverse() : pair).map((id) => imageOf(id).name);
  return vote.thinking.replaceAll("Image 1:", () => `${one}:`).replaceAll("Image 2:", () => `${two}:`);
}

function say(first, second) {
  const judged = second && judgeOf(first, second);
  if (!judged) return [];
  const better = judged.p >= 0.5 ? imageOf(first) : imageOf(second);
  const said = [make("p", {}, make("strong", {
    textContent: judged.p === 0.5 ? "The judge sees no difference."
      : `The judge: ${better.name} is better, ${percent(Math.max(judged.p, 1 - judged.p))}.`,
  }))];
  const vote = (judged.comparison.votes || []).find((one) => one.thinking && one.p !== null);
  if (vote) said.push(make("p", { textContent: withNames(vote, judged.turned ? [second, first] : [first, second]) }));
  return said;
}

/** second may be null: one image alone. */
export function showPair(first, second) {
  const images = [imageOf(first), second ? imageOf(second) : null];
  ["a", "b"].forEach((side, i) => {
    const figure = $(`zoom-${side}`).closest("figure");
    figure.hidden = !images[i];
    if (!images[i]) return;
    $(`zoom-${side}`).src = images[i].url;
    $(`zoom-${side}`).alt = images[i].name;
    $(`zoom-name-${side}`).textContent = images[i].name;
  });
  document.querySelector(".zoom-pair").style.gridTemplateColumns = second ? "" : "1fr";
  $("zoom-title").textContent = second ? "Side by side" : images[0].name;
  $("zoom-said").replaceChildren(...say(first, second));
  reset();
  $("zoom").showModal();
  document.querySelector(".zoom-pair").focus();
}

export function startZoom() {
  $("zoom-close").onclick = () => $("zoom").close();
  let held = null;
  for (const pane of document.querySelectorAll(".zoom-pane")) {
    pane.addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = pane.getBoundingClientRect();
      zoomAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height, event.deltaY < 0 ? 1.2 : 1 / 1.2);
    }, { passive: false });
    pane.addEventListener("pointerdown", (event) => {
      held = { x: event.clientX, y: event.clientY };
      pane.setPointerCapture(event.pointerId);
    });
    pane.addEventListener("pointermove", (event) => {
      if (!held) return;
      view.x += (event.clientX - held.x) / pane.clientWidth;
      view.y += (event.clientY - held.y) / pane.clientHeight;
      held = { x: event.clientX, y: event.clientY };
      keepInside();
    });
    for (const end of ["pointerup", "pointercancel"]) pane.addEventListener(end, () => { held = null; });
  }
  $("zoom").addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
    if (event.key === "+" || event.key === "=") zoomAt(0.5, 0.5, 1.25);
    else if (event.key === "-") zoomAt(0.5, 0.5, 0.8);
    else if (event.key === "0") reset();
    else if (moves[event.key]) {
      view.x += moves[event.key][0];
      view.y += moves[event.key][1];
      keepInside();
    } else return;
    event.preventDefault();
  });
}
