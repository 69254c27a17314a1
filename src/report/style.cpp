// The style sheet of reports. Colours are named once, for light and for dark; plots take them by
// class.
#include "report/page.h"

namespace juror {

Markup style_sheet() {
  return Markup::literal(R"css(
:root {
  --paper: #f7f5f0; --card: #fffefb; --ink: #1d1c1a; --soft: #625e57; --rule: #dfdad0; --grid: #ece8df;
  --accent: #1f5fae; --good: #1c7a4f; --bad: #b3362c; --warn: #fdf0d0; --warn-ink: #6a4700; --corner: #f3ded9;
  --s1: #2467c4; --s2: #cf5a1d; --s3: #15875c; --s4: #9341b3; --s5: #96700a; --s6: #bd2f55; --s7: #59677a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131519; --card: #1b1e23; --ink: #edebe6; --soft: #a5a29b; --rule: #31353c; --grid: #272b31;
    --accent: #7db0f5; --good: #5cc795; --bad: #f0887c; --warn: #3a2f14; --warn-ink: #f3d48b; --corner: #33211f;
    --s1: #6ea8f7; --s2: #f08d52; --s3: #4cc596; --s4: #cb90e8; --s5: #d6b13f; --s6: #f27d99; --s7: #9aa8b8;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 1180px; padding: 0 clamp(14px, 3vw, 32px) 3rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
h1, h2, .value { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "DejaVu Serif", serif; font-weight: 600; }
h1 { font-size: clamp(1.7rem, 4.5vw, 2.6rem); line-height: 1.15; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.4rem; margin: 0 0 .8rem; }
h3 { font-size: 1rem; margin: 1.6rem 0 .5rem; }
header { padding: 2.2rem 0 1.2rem; }
.kind { margin: 0 0 .3rem; color: var(--accent); font-weight: 600; letter-spacing: .04em; font-size: .85rem; }
.subtitle { margin: .5rem 0 0; color: var(--soft); max-width: 75ch; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: 1px; margin: 1.5rem 0 0; padding: 0;
  background: var(--rule); border: 1px solid var(--rule); border-radius: 10px; overflow: hidden; }
.facts div { flex: 1 1 150px; background: var(--card); padding: .8rem 1rem; }
.facts dt { color: var(--soft); font-size: .82rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.facts .value { font-size: 1.55rem; line-height: 1.25; }
.detail, small, .note { color: var(--soft); font-size: .82rem; }
.notices { margin: 1rem 0 0; padding: .7rem 1rem .7rem 2rem; background: var(--warn); color: var(--warn-ink); border-radius: 10px; }
nav { position: sticky; top: 0; z-index: 2; display: flex; gap: 1.2rem; overflow-x: auto; padding: .6rem 0; margin-bottom: 1.4rem;
  background: var(--paper); border-bottom: 1px solid var(--rule); white-space: nowrap; font-size: .9rem; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
section { margin-bottom: 2.6rem; }
footer { color: var(--soft); font-size: .82rem; border-top: 1px solid var(--rule); padding-top: 1rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 14px; }
.plots.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); }
figure { margin: 0; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: .8rem .9rem .6rem;
  display: flex; flex-direction: column; min-width: 0; }
figcaption strong { display: block; font-weight: 600; }
figcaption small { display: block; line-height: 1.35; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem .9rem; font-size: .82rem; margin: .3rem 0; color: var(--soft); }
.legend b { color: var(--ink); font-weight: 600; }
.swatch { display: inline-block; width: .8em; height: .8em; border-radius: 3px; margin-right: .4em; vertical-align: -.05em; }
svg { display: block; width: 100%; height: auto; margin-top: auto; overflow: visible; font-size: 12px; }
.wide svg { font-size: 9.5px; margin-top: .3rem; }
svg .tick { fill: var(--soft); } svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
svg .value { fill: var(--card); font-family: inherit; font-weight: 600; }
.grid { stroke: var(--grid); } .axis { stroke: var(--rule); } .reference { stroke: var(--soft); stroke-dasharray: 4 4; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.band { stroke: none; fill-opacity: .16; } .area { stroke: var(--card); stroke-width: 1; fill-opacity: .85; }
.dot { stroke: var(--card); stroke-width: 1; } .scatter { fill-opacity: .4; } .mark { stroke: var(--bad); stroke-dasharray: 2 3; }
.corner { fill: var(--corner); } .count { fill: var(--grid); } .trough { fill: var(--grid); } .bar { fill-opacity: .9; }
.whisker { stroke: var(--ink); stroke-width: 2; } .share { stroke: var(--ink); stroke-width: 2.5; }
.cursor, .half { stroke: var(--soft); } .interval { fill-opacity: .3; }
.s1 { fill: var(--s1); } .line.s1 { fill: none; stroke: var(--s1); } .swatch.s1 { background: var(--s1); }
.s2 { fill: var(--s2); } .line.s2 { fill: none; stroke: var(--s2); } .swatch.s2 { background: var(--s2); }
.s3 { fill: var(--s3); } .line.s3 { fill: none; stroke: var(--s3); } .swatch.s3 { background: var(--s3); }
.s4 { fill: var(--s4); } .line.s4 { fill: none; stroke: var(--s4); } .swatch.s4 { background: var(--s4); }
.s5 { fill: var(--s5); } .line.s5 { fill: none; stroke: var(--s5); } .swatch.s5 { background: var(--s5); }
.s6 { fill: var(--s6); } .line.s6 { fill: none; stroke: var(--s6); } .swatch.s6 { background: var(--s6); }
.s7 { fill: var(--s7); } .line.s7 { fill: none; stroke: var(--s7); } .swatch.s7 { background: var(--s7); }
#tip { position: fixed; z-index: 3; pointer-events: none; background: var(--ink); color: var(--paper); border-radius: 6px;
  padding: .35rem .6rem; font-size: .8rem; line-height: 1.4; max-width: 260px; white-space: pre-line; }
.scroll { overflow-x: auto; border: 1px solid var(--rule); border-radius: 10px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { padding: .45rem .8rem; text-align: left; border-bottom: 1px solid var(--grid); vertical-align: middle; }
thead th { color: var(--soft); font-weight: 500; font-size: .82rem; } tbody th { font-weight: 400; }
tbody tr:last-child > * { border-bottom: 0; } .number { text-align: right; white-space: nowrap; }
tr.model > * { font-weight: 650; } tr.published { color: var(--soft); }
.strip { width: 190px; margin: 0; }
details { margin-top: 1rem; } summary { cursor: pointer; color: var(--accent); font-size: .9rem; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: .8rem 1rem; font-size: .82rem; }
.case { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 1rem; margin-bottom: 14px;
  display: grid; grid-template-columns: minmax(200px, 300px) 1fr; gap: 1.2rem; }
.case > * { min-width: 0; }
.prompt { margin: 0 0 .6rem; font-weight: 600; overflow-wrap: anywhere; }
.pictures { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; }
.picture { position: relative; background: var(--grid); border-radius: 6px; overflow: hidden; aspect-ratio: 1; display: grid; place-items: center; }
.picture img { width: 100%; height: 100%; object-fit: contain; }
.picture.best { outline: 3px solid var(--good); outline-offset: -3px; }
.picture b { position: absolute; top: 6px; left: 6px; background: var(--card); border-radius: 5px; padding: 0 .45em; font-size: .8rem; }
.picture span { padding: .6rem; font-size: .78rem; color: var(--soft); overflow-wrap: anywhere; text-align: center; }
.pair-facts { display: grid; grid-template-columns: auto 1fr; gap: .15rem .7rem; align-items: center; margin: .7rem 0 0; font-size: .85rem; }
.pair-facts dt { color: var(--soft); } .pair-facts .strip { width: 100%; } .pair-facts dd { margin: 0; overflow-wrap: anywhere; }
.thought { padding: .7rem 0; border-top: 1px solid var(--grid); } .thought:first-child { border-top: 0; padding-top: 0; }
.thought p { margin: .4rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 14em; overflow-y: auto; max-width: 80ch; }
.chips { display: flex; flex-wrap: wrap; gap: .3rem .5rem; align-items: center; font-size: .82rem; }
.chip { background: var(--grid); border-radius: 99px; padding: .05rem .6rem; } .chip b { font-weight: 650; }
.chip.good { color: var(--good); } .chip.bad { color: var(--bad); } .chips .strip { width: 110px; }
@media (max-width: 640px) { .case { grid-template-columns: 1fr; } header { padding-top: 1.3rem; } .wide svg { font-size: 12px; } .facts { grid-template-columns: 1fr 1fr; } }
@media print { nav { display: none; } figure, .case { break-inside: avoid; } }
)css");
}

}  // namespace juror
