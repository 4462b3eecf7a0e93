// Works out attribution once more, from an export of the clicks and the events as they were reported, without any code of the service.
//
//   node tests/recompute.mjs clicks.ndjson events.json '{ "event": "order", "by": "channel", "from": "2026-11-01T00:00:00+08:00", "to": "2026-12-01T00:00:00+08:00" }'
//
// clicks.ndjson: GET /api/clicks/export; events.json: an array of what was sent to POST /api/events. Prints { model: { conversions, unattributed, rows } }.
import { readFileSync } from 'node:fs';

const DAY = 86_400_000;
const [clicksFile, eventsFile, questionText] = process.argv.slice(2);
const question = { event: 'order', by: 'channel', lookbackDays: 7, halfLifeDays: 7, match: 'any', ...JSON.parse(questionText) };

const clicks = readFileSync(clicksFile, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line));
const clickById = new Map(clicks.map(click => [click.clickId, { ...click, time: Date.parse(click.at) }]));
const isTouch = click => !click.isBot && !click.isPrefetch && !click.action.startsWith('miss_');

// Each event once; what takes it back.
const reported = JSON.parse(readFileSync(eventsFile, 'utf8'));
const events = new Map();
const taken = new Map();
for (const event of reported) {
  const kind = event.cancelled ? taken : events;
  const key = `${event.type}|${event.id}`;
  if (!kind.has(key)) kind.set(key, { ...event, time: Date.parse(event.occurredAt) });
}

// The visits that an opening or an event goes on from, up to four.
function* visitsBefore(first) {
  for (let id = first, steps = 0; id && clickById.has(id) && steps < 4; id = clickById.get(id).continues, steps++) yield clickById.get(id);
}

// Who has which touches, and which visitors turned out to be which users.
const touchesOf = new Map();
const joinsOf = new Map();
const addTo = (map, key, value) => map.has(key) ? map.get(key).push(value) : map.set(key, [value]);
const own = (who, touch) => addTo(touchesOf, who, touch);
const join = (visitor, user, time) => addTo(joinsOf, visitor, { user, time });

for (const click of clickById.values()) {
  if (!isTouch(click)) continue;
  if (click.visitorId) own('v' + click.visitorId, click);
  if (!click.userId || !click.isUserVerified) continue;
  own('u' + click.userId, click);
  for (const visit of visitsBefore(click.continues)) {
    if (visit.visitorId) join(visit.visitorId, click.userId, click.time);
    if (!visit.userId && isTouch(visit)) own('u' + click.userId, visit);
  }
}
for (const event of events.values()) {
  const who = event.userId ? 'u' + event.userId : event.visitorId ? 'v' + event.visitorId : null;
  if (who && event.type === 'open' && !event.clickId) own(who, { clickId: `event ${event.id}`, time: event.time, isOpening: true });
  if (event.userId && event.visitorId) join(event.visitorId, event.userId, event.time);
  for (const visit of visitsBefore(event.clickId)) {
    if (event.userId && visit.visitorId) join(visit.visitorId, event.userId, event.time);
    if (who && isTouch(visit)) own(who, visit);
  }
}
for (const joins of joinsOf.values()) joins.sort((one, other) => one.time - other.time);

const ownerAt = (visitor, time) => {
  const joins = joinsOf.get(visitor) ?? [];
  return (joins.find(join => join.time >= time) ?? joins.at(-1))?.user ?? null;
};

// An event told to whole seconds may have happened at any time of its second; the click that it names may seem later by another clock.
const endOf = (event, touch) => event.time + (touch.clickId === event.clickId ? 5 * 60_000 : event.time % 1000 === 0 ? 999 : 0);

function pathOf(event) {
  const candidates = new Map();
  const add = touch => candidates.set(touch.clickId, touch);
  if (event.userId) {
    for (const touch of touchesOf.get('u' + event.userId) ?? []) add(touch);
    for (const [visitor, joins] of joinsOf) {
      if (!joins.some(join => join.user === event.userId)) continue;
      for (const touch of touchesOf.get('v' + visitor) ?? []) if (ownerAt(visitor, touch.time) === event.userId) add(touch);
    }
  } else if (event.visitorId) {
    for (const touch of touchesOf.get('v' + event.visitorId) ?? []) if (ownerAt(event.visitorId, touch.time) === ownerAt(event.visitorId, event.time)) add(touch);
  } else {
    for (const visit of visitsBefore(event.clickId)) if (isTouch(visit)) add(visit);
  }
  const counted = [...candidates.values()].filter(touch => touch.clickId !== `event ${event.id}` && touch.time <= endOf(event, touch) && touch.time >= event.time - 90 * DAY);
  const ids = new Set(counted.map(touch => touch.clickId));
  const path = counted.filter(touch => !touch.continues || !ids.has(touch.continues)).sort((one, other) => one.time - other.time);
  return [...path.filter(touch => !touch.isOpening).slice(-150), ...path.filter(touch => touch.isOpening).slice(-50)]
    .sort((one, other) => one.time - other.time)
    .filter(touch => touch.time >= event.time - question.lookbackDays * DAY)
    .filter(touch => question.match === 'any' || (event.listingId && touch.listingId === event.listingId));
}

const isDirect = touch => !touch.channel || touch.channel === 'direct';
const keyOf = touch => {
  const { by } = question;
  if (by === 'channel') return isDirect(touch) ? 'direct' : touch.channel;
  if (touch.isOpening) return '';
  if (by.startsWith('tag:')) return touch.tags[by.slice(4)] ?? '';
  return touch[{ listing: 'listingId', link: 'code', sharer: 'sharerId' }[by] ?? by] ?? '';
};

const only = (path, index) => path.map((_, i) => i === index ? 1 : 0);
const share = weights => { const sum = weights.reduce((a, b) => a + b, 0); return weights.map(weight => weight / sum); };
const models = {
  first_touch: path => only(path, 0),
  last_touch: path => only(path, path.length - 1),
  last_non_direct: path => only(path, path.some(touch => !isDirect(touch)) ? path.findLastIndex(touch => !isDirect(touch)) : path.length - 1),
  linear: path => path.map(() => 1 / path.length),
  time_decay: (path, event) => share(path.map(touch => 2 ** (-(event.time - touch.time) / (question.halfLifeDays * DAY)))),
  position_based: path => path.length === 1 ? [1] : path.length === 2 ? [0.5, 0.5] : path.map((_, i) => i === 0 || i === path.length - 1 ? 0.4 : 0.2 / (path.length - 2)),
  shapley: path => {
    const keys = path.map(keyOf);
    return keys.map(key => 1 / new Set(keys).size / keys.filter(other => other === key).length);
  },
};

// The events of the question, and those of them that were taken back.
const asked = [...events.entries()].filter(([, event]) => event.type === question.event && event.time >= Date.parse(question.from) && event.time < Date.parse(question.to))
  .map(([key, event]) => {
    const cancellation = taken.get(key);
    const refunded = (event.refundedValue ?? 0) + (cancellation?.refundedValue ?? 0);
    return { event, path: pathOf(event), isCancelled: !!cancellation && cancellation.refundedValue == null, value: Math.max(0, (event.value ?? 0) - refunded) };
  });
const conversions = asked.filter(one => !one.isCancelled);

function credits(model) {
  const rows = {};
  const add = (key, part, value) => { const row = rows[key] ??= { conversions: 0, value: 0 }; row.conversions += part; row.value += part * value; };
  for (const { event, path, value } of conversions) models[model](path, event).forEach((weight, i) => { if (weight > 0) add(keyOf(path[i]), weight, value); });
  return rows;
}

// The chain's conversions with and without each key, by following the mass until none is left.
function markov() {
  const counts = new Map();
  const journeys = [...conversions.map(one => [one.path.map(keyOf), '(conversion)']), ...asked.filter(one => one.isCancelled).map(one => [one.path.map(keyOf), '(null)'])].filter(([keys]) => keys.length > 0);
  for (const [keys, end] of journeys) {
    const states = ['(start)', ...keys.filter((key, i) => key !== keys[i - 1]).map(key => 'k' + key), end];
    for (let i = 1; i < states.length; i++) {
      const from = counts.get(states[i - 1]) ?? counts.set(states[i - 1], new Map()).get(states[i - 1]);
      from.set(states[i], (from.get(states[i]) ?? 0) + 1);
    }
  }
  const converted = without => {
    let mass = new Map([['(start)', 1]]);
    let total = 0;
    for (let rounds = 0; rounds < 100_000 && mass.size > 0; rounds++) {
      const next = new Map();
      for (const [state, amount] of mass) {
        const all = [...counts.get(state).values()].reduce((a, b) => a + b, 0);
        for (const [to, count] of counts.get(state)) {
          const part = amount * count / all;
          if (to === '(conversion)') total += part;
          else if (to !== '(null)' && to !== without && part > 1e-18) next.set(to, (next.get(to) ?? 0) + part);
        }
      }
      mass = next;
    }
    return total;
  };
  const base = journeys.length === 0 ? 0 : converted(null);
  if (base === 0) return {};
  const keys = [...counts.keys()].filter(state => state.startsWith('k'));
  const effects = keys.map(key => 1 - converted(key) / base);
  const attributed = conversions.filter(one => one.path.length > 0);
  const value = attributed.reduce((sum, one) => sum + one.value, 0);
  return Object.fromEntries(share(effects).map((part, i) => [keys[i].slice(1), { conversions: part * attributed.length, value: part * value }]).filter(([, row]) => row.conversions > 0));
}

const unattributed = conversions.filter(one => one.path.length === 0).length;
console.log(JSON.stringify(Object.fromEntries([...Object.keys(models), 'markov'].map(model => [model, { conversions: conversions.length, unattributed, rows: model === 'markov' ? markov() : credits(model) }]))));
