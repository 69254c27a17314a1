// The page: three views, and whether the server is there.
import { Refusal, call } from "/page/api.js";
import { showBoard, startBoard } from "/page/board.js";
import { startLearn } from "/page/learn.js";
import { fillModels, startRank } from "/page/rank.js";
import { changed, restore } from "/page/state.js";
import { send, startVote } from "/page/vote.js";
import { startZoom } from "/page/zoom.js";

const $ = (id) => document.getElementById(id);
const VIEWS = ["rank", "vote", "board"];

function show(view) {
  for (const name of VIEWS) {
    const isIt = name === view;
    $(`tab-${name}`).setAttribute("aria-selected", isIt);
    $(`tab-${name}`).tabIndex = isIt ? 0 : -1;
    $(`view-${name}`).hidden = !isIt;
  }
  if (location.hash !== `#${view}`) history.replaceState(null, "", `#${view}`);
  if (view === "board") showBoard();
}

function startTabs() {
  VIEWS.forEach((view, i) => {
    $(`tab-${view}`).onclick = () => {
      show(view);
      if (view === "vote") $("main").focus();  // so that the arrow keys vote at once
    };
    $(`tab-${view}`).onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const other = VIEWS[(i + step + VIEWS.length) % VIEWS.length];
      show(other);
      $(`tab-${other}`).focus();
    };
  });
  const wanted = location.hash.slice(1);
  show(VIEWS.includes(wanted) ? wanted : "rank");
}

function tell(kind, text) {
  $("server").className = `server ${kind}`;
  if ($("server-text").textContent !== text) $("server-text").textContent = text;
}

let wasThere = false;

/** Looks every few seconds; when the server comes back, what waits is sent. */
async function watch() {
  let wait = 5000;
  try {
    await call("/health");
    if (!wasThere) {
      const models = await fillModels();
      tell("ok", `${models.map((model) => model.id).join(", ")} · ready`);
    }
    wasThere = true;
    send();
  } catch (error) {
    wasThere = false;
    wait = 1500;
    tell(error instanceof Refusal && error.status === 503 ? "" : "down",
      error instanceof Refusal && error.status === 503 ? "the model is loading …" : "the server does not answer; your work is kept here");
  }
  setTimeout(watch, wait);
}

await restore();
startRank();
startVote();
startBoard();
startLearn();
startZoom();
startTabs();
changed();
watch();
document.documentElement.dataset.ready = "yes";
