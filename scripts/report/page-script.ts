/**
 * The script of the page: filter and search of cases, readings off charts, copying, opening what a link leads to. The
 * page says all without it. It sets text only, never markup, so nothing of a server's can run through it.
 */
export const PAGE_SCRIPT = `
'use strict';
(() => {
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) if (node.tagName === 'DETAILS') node.open = true;
    target.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  reveal();

  const filters = document.querySelector('.filters');
  if (filters) {
    const rows = all('.case').map((row) => ({ row, state: row.dataset.state, text: null }));
    const groups = all('.group').map((group) => ({ group, wasOpen: group.open }));
    const search = filters.querySelector('input');
    const output = filters.querySelector('output');
    const buttons = all('button', filters);
    let state = '';
    const apply = () => {
      const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
      let count = 0;
      for (const item of rows) {
        if (words.length > 0 && item.text === null) item.text = item.row.textContent.toLowerCase();
        const fits = (state === '' || item.state === state) && words.every((word) => item.text.includes(word));
        item.row.hidden = !fits;
        if (fits) count += 1;
      }
      const isAsked = state !== '' || words.length > 0;
      for (const { group, wasOpen } of groups) {
        group.hidden = !group.querySelector('.case:not([hidden])');
        group.open = isAsked || wasOpen;
      }
      output.textContent = count + ' of ' + rows.length + ' cases';
    };
    for (const button of buttons)
      button.addEventListener('click', () => {
        state = button.value;
        for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
        apply();
      });
    search.addEventListener('input', apply);
    filters.hidden = false;
    addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName)) return;
      event.preventDefault();
      search.focus();
    });
  }

  for (const box of all('.curl')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.addEventListener('click', () => {
      const text = box.querySelector('.text');
      const done = () => {
        button.textContent = 'Copied';
        setTimeout(() => (button.textContent = 'Copy'), 1500);
      };
      const select = () => {
        getSelection().selectAllChildren(text);
        if (document.execCommand('copy')) done();
      };
      if (navigator.clipboard) navigator.clipboard.writeText(text.textContent).then(done, select);
      else select();
    });
    box.append(button);
  }

  for (const chart of all('.chart')) {
    const source = chart.querySelector('.readings');
    if (!source) continue;
    const plot = chart.querySelector('.plot');
    const svg = plot.querySelector('svg');
    const cursor = svg.querySelector('.cursor');
    let data = null;
    let current = -1;
    const box = document.createElement('div');
    box.className = 'reading';
    box.hidden = true;
    plot.append(box);
    const show = (index) => {
      if (data === null) data = JSON.parse(source.textContent);
      if (data.stops.length === 0) return;
      current = Math.max(0, Math.min(data.stops.length - 1, index));
      const stop = data.stops[current];
      cursor.setAttribute('x1', stop.x);
      cursor.setAttribute('x2', stop.x);
      cursor.style.opacity = '0.5';
      box.replaceChildren();
      const label = document.createElement('b');
      label.textContent = stop.label;
      box.append(label);
      stop.values.forEach((value, at) => {
        const line = document.createElement('div');
        line.textContent = data.names[at] + ' ' + value;
        box.append(line);
      });
      box.hidden = false;
      const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      const left = stop.x * scale;
      const room = svg.getBoundingClientRect().width;
      box.style.left = (left + box.offsetWidth + 14 > room ? left - box.offsetWidth - 10 : left + 10) + 'px';
      box.style.top = '18px';
    };
    const hide = () => {
      box.hidden = true;
      cursor.style.opacity = '0';
    };
    const nearest = (x) => {
      if (data === null) data = JSON.parse(source.textContent);
      let best = 0;
      data.stops.forEach((stop, index) => {
        if (Math.abs(stop.x - x) < Math.abs(data.stops[best].x - x)) best = index;
      });
      return best;
    };
    plot.addEventListener('pointermove', (event) => {
      const frame = svg.getBoundingClientRect();
      show(nearest(((event.clientX - frame.left) / frame.width) * svg.viewBox.baseVal.width));
    });
    plot.addEventListener('pointerleave', hide);
    plot.addEventListener('blur', hide);
    plot.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
      if (event.key === 'Escape') hide();
      if (step === undefined) return;
      event.preventDefault();
      show(current + step);
    });
  }

  let opened = [];
  addEventListener('beforeprint', () => {
    opened = all('.case[data-state=broken]:not([open]), .violation details:not([open])');
    for (const row of opened) row.open = true;
  });
  addEventListener('afterprint', () => {
    for (const row of opened) row.open = false;
  });
})();
`;
