// The view of ratings by people's votes: intervals, a table of wins, agreement with the judge, exports.
import { call, callJson, download, intervalBar, make, percent } from "/page/api.js";
import { lookAtLearning } from "/page/learn.js";
import { state } from "/page/state.js";

const $ = (id) => document.getElementById(id);

const scope = () => ($("board-scope").value === "prompt" ? `prompt=${encodeURIComponent(state.prompt)}&` : "");
const shown = (entry) => entry.name || `${entry.key.slice(0, 8)}…`;

function picture(entry) {
  const local = state.images.find((image) => image.hash === entry.key);
  return local ? [make("img", { src: local.url, alt: "" })] : [];
}

function row(entry) {
  const number = (value) => make("td", { className: "number", textContent: value });
  return make("tr", {},
    number(entry.position),
    make("td", {}, make("span", { className: "entry" }, ...picture(entry), shown(entry))),
    make("td", {}, make("span", { textContent: percent(entry.score) }),
      intervalBar(entry.score, ...entry.ci)),
    number(entry.wins), number(entry.losses), number(entry.ties), number(entry.both_bad));
}

function heatCell(wins, losses) {
  const cell = make("td", { textContent: wins + losses ? wins : "" });
  if (!(wins + losses)) return cell;
  const share = wins / (wins + losses);
  // from red (lost) over nothing to green (won); the text keeps its contrast on both
  const hue = share >= 0.5 ? "var(--good)" : "var(--bad)";
  cell.style.background = `color-mix(in srgb, ${hue} ${Math.round(70 * Math.abs(share - 0.5))}%, var(--card))`;
  cell.title = `${wins} of ${wins + losses}`;
  return cell;
}

function heat(board) {
  const head = make("tr", {}, make("td"));
  board.entries.forEach((entry) => head.append(make("th", { scope: "col", textContent: shown(entry), title: shown(entry) })));
  $("heat").tHead.replaceChildren(head);
  $("heat").tBodies[0].replaceChildren(...board.entries.map((entry, i) => {
    const line = make("tr", {}, make("th", { scope: "row", textContent: shown(entry), title: shown(entry) }));
    board.entries.forEach((_, j) => line.append(i === j ? make("td", { textContent: "–" }) : heatCell(board.wins[i][j], board.wins[j][i])));
    return line;
  }));
}

function agreementText(agreement) {
  if (!agreement.decided) return "Judge and people: no vote yet on a pair that the judge has compared.";
  return `The judge agreed with ${agreement.agreed} of ${agreement.decided} votes for one of two: ${percent(agreement.share)} ` +
    `(95 % interval ${percent(agreement.ci[0])} – ${percent(agreement.ci[1])}).` +
    (agreement.undecided ? ` ${agreement.undecided} ties are not counted.` : "");
}

export async function showBoard() {
  lookAtLearning();
  try {
    const board = await callJson(`/v1/leaderboard?${scope()}by=${$("board-by").value}`);
    $("board").hidden = !board.votes;
    $("board-empty").hidden = Boolean(board.votes);
    $("agreement").textContent = board.votes ? agreementText(board.agreement) : "";
    $("board-table").tBodies[0].replaceChildren(...board.entries.map(row));
    heat(board);
  } catch (error) {
    $("agreement").textContent = error.message;
  }
}

async function exportVotes(format, type) {
  const text = await (await call(`/v1/export?${scope()}format=${format}`)).text();
  download(`votes.${format}`, type, text);
}

export function startBoard() {
  $("board-scope").onchange = $("board-by").onchange = showBoard;
  $("export-jsonl").onclick = () => exportVotes("jsonl", "application/x-ndjson");
  $("export-csv").onclick = () => exportVotes("csv", "text/csv");
}
