// Draws charts from the tables beside them, copies texts, prints, and shows how far long work has come. Every page is whole without this.
'use strict';

const script = document.currentScript;
const charts = [...document.querySelectorAll('[data-chart]')];
const read = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const number = cell => Number(cell.textContent.replace(/[^\d.-]/g, ''));

function line(table) {
  const rows = [...table.tBodies[0].rows];
  const headings = [...table.tHead.rows[0].cells].map(cell => cell.textContent.trim());
  return {
    legend: { top: 0, textStyle: { color: read('--ink') } },
    grid: { left: 8, right: 8, top: 40, bottom: 8, containLabel: true },
    xAxis: { type: 'category', data: rows.map(row => row.cells[0].textContent.trim()), axisLabel: { color: read('--soft') } },
    yAxis: { type: 'value', axisLabel: { color: read('--soft') }, splitLine: { lineStyle: { color: read('--line') } } },
    tooltip: { trigger: 'axis', renderMode: 'richText' },
    series: headings.slice(1).map((name, i) => ({ name, type: 'line', smooth: 0.2, symbol: 'circle', showSymbol: rows.length < 40, areaStyle: i === 0 ? { opacity: 0.12 } : undefined, lineStyle: i === 2 ? { type: 'dashed' } : undefined, data: rows.map(row => number(row.cells[i + 1])) })),
  };
}

function tree(table) {
  const nodes = new Map();
  let root = null;
  for (const row of table.tBodies[0].rows) {
    const name = row.cells[0].textContent.trim();
    const channel = row.cells[3].textContent.trim();
    const clicks = number(row.cells[4]);
    const node = { name, value: `${channel}: ${clicks}`, symbolSize: 5 + Math.min(11, 2 * Math.log2(1 + clicks)), itemStyle: { color: `hsl(${160 + 25 * number(row.cells[1])} 55% 45%)` }, children: [] };
    nodes.set(name, node);
    const parent = nodes.get(row.dataset.parent);
    if (parent) {
      parent.children.push(node);
      // Shared on from one app into another.
      if ('crossing' in row.dataset) node.lineStyle = { type: 'dashed', color: '#d98e04', width: 2 };
    } else {
      root ??= node;
    }
  }
  return {
    tooltip: { trigger: 'item', renderMode: 'richText' },
    series: [{ type: 'tree', symbol: 'circle', data: root ? [root] : [], roam: true, initialTreeDepth: 4, left: 90, right: 90, label: { color: read('--ink'), backgroundColor: read('--card'), position: 'left', fontSize: 11 }, leaves: { label: { position: 'right' } } }],
  };
}

function draw() {
  for (const place of charts) {
    const table = document.getElementById(place.dataset.table);
    if (!table) continue;
    place.append(document.createElement('div'));
    place.firstChild.className = 'chart';
    place.firstChild.dataset.chart = place.dataset.chart;
    // A tree of many links needs room, up to about a screen of it.
    if (place.dataset.chart === 'tree') place.firstChild.style.height = `${Math.max(260, Math.min(880, 12 * table.tBodies[0].rows.length))}px`;
    // The figures stay at hand, below the picture.
    table.closest('details').open = false;
    const chart = echarts.init(place.firstChild, null, { renderer: 'canvas' });
    chart.setOption({ color: [read('--main'), '#d98e04', read('--soft')], animation: !matchMedia('(prefers-reduced-motion: reduce)').matches, ...(place.dataset.chart === 'tree' ? tree(table) : line(table)) });
    new ResizeObserver(() => chart.resize()).observe(place);
  }
}

if (charts.length > 0) {
  const library = document.createElement('script');
  library.src = script.dataset.charts;
  library.onload = draw;
  document.head.append(library);
}

for (const button of document.querySelectorAll('[data-copy]')) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = button.dataset.done;
  });
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}

// Beyond this many clicks a file is the browser's own work, which need not hold it in memory.
const mostClicks = 500_000;

for (const link of document.querySelectorAll('[data-export]')) {
  if (Number(link.dataset.export) > mostClicks) continue;
  const place = document.getElementById(link.dataset.progress);
  const [bar, status, stop] = place.children;
  const tell = (how, clicks) => { status.textContent = status.dataset[how].replace('{0}', clicks?.toLocaleString(document.documentElement.lang)); };
  link.addEventListener('click', async event => {
    event.preventDefault();
    if (!stop.hidden && !place.hidden) return;
    const abort = new AbortController();
    stop.onclick = () => abort.abort();
    place.hidden = stop.hidden = bar.hidden = false;
    bar.max = Math.max(1, Number(link.dataset.export));
    bar.value = 0;
    tell('got', 0);
    try {
      const answer = await fetch(link.href, { signal: abort.signal });
      if (!answer.ok) throw new Error(answer.statusText);
      const parts = [];
      let lines = link.download.endsWith('.csv') ? -1 : 0;
      for await (const part of chunks(answer.body)) {
        parts.push(part);
        for (const byte of part) if (byte === 10) lines++;
        bar.value = Math.max(0, lines);
        tell('got', Math.max(0, lines));
      }
      const file = document.createElement('a');
      file.href = URL.createObjectURL(new Blob(parts));
      file.download = link.download;
      file.click();
      setTimeout(() => URL.revokeObjectURL(file.href), 60_000);
      tell('done', lines);
    } catch {
      tell(abort.signal.aborted ? 'stopped' : 'failed');
    }
    bar.hidden = stop.hidden = true;
  });
}

async function* chunks(body) {
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

// What is sent once more meanwhile does no harm: the server makes it once.
for (const form of document.querySelectorAll('[data-busy]')) {
  const status = document.createElement('span');
  status.className = 'progress';
  status.setAttribute('role', 'status');
  form.append(status);
  form.addEventListener('submit', () => {
    const bar = document.createElement('progress');
    bar.setAttribute('aria-label', form.dataset.busy);
    status.replaceChildren(bar, ` ${form.dataset.busy}`);
  });
  window.addEventListener('pagehide', () => status.replaceChildren());
}
