// The script of contact sheets: choosing, and two pictures under one zoom. The view is one for both
// panes: `centre`, as a share of each picture, and `zoom`, 1 where the picture fits its pane.
#include "report/sheet_assets.h"

namespace juror {

Markup sheet_script() {
  return Markup::literal(R"js(
(() => {
  const shots = [...document.querySelectorAll('.shot')];
  const make = (tag, name, text) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text) made.textContent = text;
    return made;
  };
  const dialog = make('dialog');
  dialog.setAttribute('aria-label', 'Two pictures side by side');
  const compare = make('div', 'compare'), tools = make('div', 'tools'), panes = make('div', 'panes');
  const percent = make('output');
  compare.append(tools, panes);
  dialog.append(compare);
  document.body.append(dialog);
  const sides = [0, 1].map(() => {
    const pane = make('div', 'pane'), image = make('img'), words = make('p');
    image.draggable = false;
    pane.append(image, words);
    panes.append(pane);
    return { pane, image, words, shot: null };
  });
  let chosen = [], zoom = 1, centre = [.5, .5];

  const fit = side => {
    const { clientWidth: w, clientHeight: h } = side.pane;
    return Math.min(w / (side.image.naturalWidth || 1), h / (side.image.naturalHeight || 1));
  };
  const draw = () => {
    for (const side of sides) {
      const scale = fit(side) * zoom, { clientWidth: w, clientHeight: h } = side.pane;
      const width = side.image.naturalWidth * scale, height = side.image.naturalHeight * scale;
      const left = width <= w ? (w - width) / 2 : w / 2 - centre[0] * width;
      const top = height <= h ? (h - height) / 2 : h / 2 - centre[1] * height;
      side.image.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
      side.image.style.imageRendering = scale > 2 ? 'pixelated' : 'auto';
    }
    percent.textContent = Math.round(fit(sides[0]) * zoom * 100) + ' %';
  };
  const clamp = () => {
    const half = .5 / zoom;
    centre = centre.map(c => Math.min(1 - half, Math.max(half, c)));
    draw();
  };
  const zoom_to = (value, at = [.5, .5]) => {
    const before = zoom;
    zoom = Math.min(40, Math.max(1, value));
    centre = centre.map((c, i) => c + (at[i] - .5) * (1 / before - 1 / zoom));
    clamp();
  };
  const move = (dx, dy, side = sides[0]) => {
    const scale = fit(side) * zoom;
    centre = [centre[0] - dx / ((side.image.naturalWidth || 1) * scale), centre[1] - dy / ((side.image.naturalHeight || 1) * scale)];
    clamp();
  };
  const show = (side, shot) => {
    side.shot = shot;
    side.image.onload = clamp;
    const picture = shot.querySelector('img');
    side.image.src = picture ? picture.src : '';
    side.image.alt = picture ? picture.alt : '';
    side.words.textContent = shot.getAttribute('aria-label');
  };
  const mark = () => shots.forEach(shot => shot.setAttribute('aria-pressed', chosen.includes(shot)));
  const open = () => {
    zoom = 1;
    centre = [.5, .5];
    chosen.forEach((shot, i) => show(sides[i], shot));
    dialog.showModal();
    clamp();
  };
  const choose = shot => {
    chosen = chosen.includes(shot) ? chosen.filter(other => other !== shot) : [...chosen, shot].slice(-2);
    mark();
    if (chosen.length === 2) open();
  };
  const step = by => {
    const group = [...sides[1].shot.parentElement.children];
    let at = group.indexOf(sides[1].shot);
    do at = (at + by + group.length) % group.length; while (group[at] === sides[0].shot && group.length > 1);
    show(sides[1], group[at]);
  };
  const swap = () => {
    const [a, b] = sides.map(side => side.shot);
    show(sides[0], b);
    show(sides[1], a);
  };
  const own_pixels = () => zoom_to(1 / fit(sides[0]));
  const act = {
    '+': () => zoom_to(zoom * 1.3), '=': () => zoom_to(zoom * 1.3), '-': () => zoom_to(zoom / 1.3), '0': () => zoom_to(1),
    '1': own_pixels, n: () => step(1), p: () => step(-1), x: swap,
    ArrowLeft: () => move(60, 0), ArrowRight: () => move(-60, 0), ArrowUp: () => move(0, 60), ArrowDown: () => move(0, -60),
  };
  for (const [name, key, label] of [['−', '-', 'Zoom out'], ['+', '+', 'Zoom in'], ['Fit', '0', 'Fit'], ['1:1', '1', 'Their own pixels'],
    ['Swap', 'x', 'Swap'], ['‹', 'p', 'Previous at the right'], ['›', 'n', 'Next at the right']]) {
    const button = make('button', '', name);
    button.setAttribute('aria-label', label);
    button.onclick = act[key];
    tools.append(button);
  }
  const close = make('button', 'close', 'Close');
  close.onclick = () => dialog.close();
  tools.append(percent, close);
  dialog.addEventListener('close', () => {
    const back = chosen[1];
    chosen = [];
    mark();
    if (back) back.focus();
  });
  dialog.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || !act[event.key]) return;
    event.preventDefault();
    act[event.key]();
  });
  addEventListener('resize', () => { if (dialog.open) clamp(); });

  for (const side of sides) {
    const fingers = new Map();
    const place = (x, y) => {
      const box = side.pane.getBoundingClientRect(), scale = fit(side);
      return [.5 + (x - box.left - box.width / 2) / (side.image.naturalWidth * scale || 1),
              .5 + (y - box.top - box.height / 2) / (side.image.naturalHeight * scale || 1)];
    };
    const spread = () => {
      const [a, b] = [...fingers.values()];
      return { distance: Math.hypot(a[0] - b[0], a[1] - b[1]) || 1, middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
    };
    side.pane.addEventListener('wheel', event => {
      event.preventDefault();
      zoom_to(zoom * Math.exp(-event.deltaY / (event.deltaMode ? 15 : 400)), place(event.clientX, event.clientY));
    }, { passive: false });
    side.pane.addEventListener('pointerdown', event => {
      side.pane.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
    });
    side.pane.addEventListener('pointermove', event => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const two = fingers.size === 2, was = two && spread();
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      if (two) {
        const now = spread();
        zoom_to(zoom * now.distance / was.distance, place(...now.middle));
      } else {
        move(event.clientX - before[0], event.clientY - before[1], side);
      }
    });
    for (const end of ['pointerup', 'pointercancel']) side.pane.addEventListener(end, event => fingers.delete(event.pointerId));
    side.pane.addEventListener('dblclick', () => zoom > 1 ? zoom_to(1) : own_pixels());
  }

  const across = shot => {
    const top = shot.offsetTop;
    return [...shot.parentElement.children].filter(other => other.offsetTop === top).length;
  };
  for (const shot of shots) {
    shot.addEventListener('click', () => choose(shot));
    shot.addEventListener('keydown', event => {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across(shot), ArrowDown: across(shot) }[event.key];
      const other = by && shots[shots.indexOf(shot) + by];
      if (!other) return;
      event.preventDefault();
      other.focus();
    });
  }
})();
)js");
}

}  // namespace juror
