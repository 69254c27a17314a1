// The style of contact sheets, besides that of every report.
#include "report/sheet_assets.h"

namespace juror {

Markup sheet_style() {
  return Markup::literal(R"css(
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 230px), 1fr)); gap: 14px; }
.shot { display: flex; flex-direction: column; gap: .35rem; padding: 0 0 .7rem; text-align: left; font: inherit; color: inherit; cursor: pointer;
  background: var(--card); border: 1px solid var(--rule); border-radius: 10px; overflow: hidden; min-width: 0; }
.shot:hover { border-color: var(--accent); }
.shot:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.shot[aria-pressed="true"] { outline: 3px solid var(--accent); outline-offset: -3px; }
.frame { display: grid; place-items: center; width: 100%; aspect-ratio: 4 / 3; background: var(--grid); overflow: hidden; }
.frame img { width: 100%; height: 100%; object-fit: contain; }
.no-picture { padding: .6rem; font-size: .8rem; color: var(--soft); overflow-wrap: anywhere; text-align: center; }
.shot > :not(.frame) { margin: 0 .8rem; }
.line { display: flex; gap: .5rem; align-items: baseline; min-width: 0; }
.line .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .85rem; }
.place { flex: none; min-width: 1.7em; text-align: center; border-radius: 5px; background: var(--grid); padding: 0 .35em; }
.best .place { background: var(--good); color: var(--card); }
.bar-line { position: relative; height: 10px; border-radius: 5px; background: var(--grid); }
.bar-line::after { content: ""; position: absolute; left: 50%; top: 0; bottom: 0; border-left: 1px dashed var(--soft); }
.bar-line i { position: absolute; top: 0; bottom: 0; }
.bar-line .range { background: var(--s1); opacity: .35; border-radius: 5px; }
.bar-line .point { width: 3px; margin-left: -1.5px; background: var(--ink); }
.reason { font-size: .85rem; line-height: 1.35; color: var(--soft); display: -webkit-box; -webkit-line-clamp: 4; -webkit-box-orient: vertical; overflow: hidden; }
dialog { border: 0; padding: 0; margin: 0; width: 100vw; height: 100vh; height: 100dvh; max-width: none; max-height: none; background: var(--paper); color: var(--ink); }
dialog::backdrop { background: var(--paper); }
.compare { display: grid; grid-template-rows: auto 1fr; height: 100%; }
.tools { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; padding: .5rem .8rem; border-bottom: 1px solid var(--rule); }
.tools button { font: inherit; min-width: 2.4rem; min-height: 2.2rem; padding: .2rem .7rem; border: 1px solid var(--rule); border-radius: 8px; background: var(--card); color: inherit; cursor: pointer; }
.tools button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.tools output { min-width: 4.5em; font-size: .85rem; color: var(--soft); }
.tools .close { margin-left: auto; }
.panes { display: grid; grid-template-columns: 1fr 1fr; gap: 4px; min-height: 0; background: var(--rule); }
.pane { position: relative; overflow: hidden; background: var(--grid); touch-action: none; cursor: grab; }
.pane:active { cursor: grabbing; }
.pane img { position: absolute; left: 0; top: 0; transform-origin: 0 0; max-width: none; user-select: none; -webkit-user-drag: none; }
.pane p { position: absolute; left: 0; right: 0; bottom: 0; margin: 0; padding: .5rem .8rem; background: color-mix(in srgb, var(--card) 88%, transparent); font-size: .85rem; overflow-wrap: anywhere; pointer-events: none; }
@media (max-width: 640px) {
  .sheet { grid-template-columns: 1fr 1fr; gap: 8px; }
  .shot > :not(.frame) { margin: 0 .5rem; }
  .line { flex-wrap: wrap; }
}
@media (max-width: 640px) and (orientation: portrait) { .panes { grid-template-columns: 1fr; grid-template-rows: 1fr 1fr; } }
@media print { #how, dialog { display: none; } .shot { break-inside: avoid; } }
)css");
}

}  // namespace juror
