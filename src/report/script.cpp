// The script of reports: the values under the pointer. Without it every page reads the same.
#include "report/page.h"

namespace juror {

Markup hover_script() {
  return Markup::literal(R"js(
(() => {
  const tip = document.createElement('div');
  tip.id = 'tip';
  tip.hidden = true;
  document.body.append(tip);
  const nearest = (xs, x) => xs.reduce((best, value, i) => Math.abs(value - x) < Math.abs(xs[best] - x) ? i : best, 0);
  const words = (data, i) => [data.titles[i], ...data.names.map((name, s) => [name, data.values[i][s]])
    .filter(([, value]) => value).map(([name, value]) => name + '  ' + value)].join('\n');
  for (const svg of document.querySelectorAll('svg[data-hover]')) {
    const data = JSON.parse(svg.dataset.hover);
    if (!data.x.length) continue;
    const box = svg.viewBox.baseVal;
    const cursor = document.createElementNS(svg.namespaceURI, 'line');
    cursor.setAttribute('class', 'cursor');
    cursor.setAttribute('y1', 10);
    cursor.setAttribute('y2', box.height - 36);
    const hide = () => { tip.hidden = true; cursor.remove(); };
    const show = event => {
      const place = svg.getBoundingClientRect();
      const i = nearest(data.x, (event.clientX - place.left) / place.width * box.width);
      cursor.setAttribute('x1', data.x[i]);
      cursor.setAttribute('x2', data.x[i]);
      svg.append(cursor);
      tip.textContent = words(data, i);
      tip.hidden = false;
      const left = place.left + data.x[i] / box.width * place.width + 12;
      tip.style.left = Math.max(4, Math.min(left, innerWidth - tip.offsetWidth - 4)) + 'px';
      tip.style.top = Math.max(4, place.top - tip.offsetHeight / 2) + 'px';
    };
    svg.addEventListener('pointermove', show);
    svg.addEventListener('pointerdown', show);
    svg.addEventListener('pointerleave', hide);
  }
})();
)js");
}

}  // namespace juror
