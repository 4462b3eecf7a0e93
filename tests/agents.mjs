// Tells how well a running app knows who asks, by agents that other projects publish. Their licences keep them out of this repository, so they are read from a folder:
//
//   git clone https://github.com/matomo-org/device-detector agents/device-detector && git clone https://github.com/omrilotan/isbot agents/isbot
//   dotnet run --project functions
//   node tests/agents.mjs agents [--app http://localhost:7071] [--key sl_development] [--list]
//
// The bars: bots that are found, people that are taken for bots (of agents that begin with "Mozilla"), and systems that are right (of those that this app
// names and a browser or an app of people says). Ends with 1 when one is missed. --list shows what was wrong.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const AT_ONCE = 16;
const { values: options, positionals: [folder] } = parseArgs({
  allowPositionals: true,
  options: { app: { type: 'string', default: 'http://localhost:7071' }, key: { type: 'string', default: 'sl_development' }, list: { type: 'boolean', default: false } },
});
const detector = join(folder ?? '', 'device-detector', 'Tests', 'fixtures');
const isbot = join(folder ?? '', 'isbot', 'fixtures');
if (!folder || !existsSync(detector) || !existsSync(isbot)) {
  console.error('Name a folder that holds device-detector and isbot, as this file says at its top.');
  process.exit(2);
}

/** A value of these files, which are YAML in a plain form: bare, or in single or double quotes. */
function scalar(text) {
  if (text.startsWith("'")) return text.slice(1, text.lastIndexOf("'")).replaceAll("''", "'");
  if (!text.startsWith('"')) return text;
  return text.slice(1, text.lastIndexOf('"')).replace(/\\(?:x([0-9A-Fa-f]{2})|(.))/g, (_, code, mark) => code ? String.fromCharCode(parseInt(code, 16)) : mark);
}

/** The entries of a file of device-detector: the agent, what is said of it under two names, and whether hints beside the agent tell more. */
function* entriesOf(file) {
  for (const entry of readFileSync(file, 'utf8').split(/^-\s*$/m).slice(1)) {
    const inner = (name, field) => new RegExp(`^  ${name}:\\n(?:    .*\\n)*?    ${field}: *(.*)$`, 'm').exec(entry)?.[1];
    const agent = /^  user_agent: (.+)$/m.exec(entry)?.[1];
    if (agent && !/^  headers:/m.test(entry))
      yield { agent: scalar(agent), os: inner('os', 'name'), device: inner('device', 'type'), client: inner('client', 'type'), isBot: /^  bot:/m.test(entry) };
  }
}

/** The agents of a file of isbot: lists under names. */
const listed = name => [...readFileSync(join(isbot, name), 'utf8').matchAll(/^ +- (.+)$/gm)].map(([, text]) => ({ agent: scalar(text) }));

/** device-detector's names of systems as this app names them. An iPad before iPadOS is an iPad here, and HarmonyOS up to 4 is Android. */
const linux = ['GNU/Linux', 'Ubuntu', 'Debian', 'Fedora', 'Arch Linux', 'SUSE', 'CentOS', 'Gentoo', 'Kubuntu', 'Red Hat', 'Slackware', 'Chrome OS', 'Chromium OS', 'Mint', 'Raspbian'];
const systems = { Windows: ['windows'], Mac: ['macos'], iOS: ['ios'], iPadOS: ['ipados'], Android: ['android'], HarmonyOS: ['android', 'harmony'], 'HarmonyOS NEXT': ['harmony'], ...Object.fromEntries(linux.map(name => [name, ['linux']])) };
const systemsOf = entry => entry.os === 'iOS' && entry.device === 'tablet' ? ['ios', 'ipados'] : systems[entry.os];

async function minted() {
  const response = await fetch(`${options.app}/api/links`, {
    method: 'POST', headers: { authorization: `Bearer ${options.key}`, 'content-type': 'application/json' }, body: JSON.stringify({ listingId: 'agents' }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()).code;
}

async function askAll(code, entries) {
  const waiting = entries.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const entry of waiting) {
      // A header holds bytes.
      const agent = Buffer.from(entry.agent, 'utf8').toString('latin1');
      const response = await fetch(`${options.app}/${code}?format=json`, { headers: { 'user-agent': agent, 'accept-language': 'en' } });
      if (!response.ok) throw new Error(`${response.status} to ${entry.agent}`);
      entry.seen = (await response.json()).client;
    }
  }));
}

const all = readdirSync(detector).filter(name => name.endsWith('.yml')).flatMap(name => [...entriesOf(join(detector, name))]);
const people = all.filter(entry => !entry.isBot);
const groups = [
  { name: 'bots of device-detector', of: all.filter(entry => entry.isBot), isRight: ({ seen }) => seen.isBot, least: 0.985 },
  { name: 'bots of isbot', of: listed('crawlers.yml'), isRight: ({ seen }) => seen.isBot, least: 0.985 },
  // Together, since one project's people are in part the other's bots: GTmetrix, Yahoo! Slurp.
  { name: 'people of both', of: [...people, ...listed('browsers.yml')].filter(({ agent }) => agent.startsWith('Mozilla')), isRight: ({ seen }) => !seen.isBot, least: 0.997 },
  { name: 'systems', of: people.filter(systemsOf), isRight: entry => systemsOf(entry).includes(entry.seen.os), least: 0.995 },
];
await askAll(await minted(), [...new Set(groups.flatMap(group => group.of))]);
let isMissed = false;
for (const { name, of, isRight, least } of groups) {
  const wrong = of.filter(entry => !isRight(entry));
  const share = (of.length - wrong.length) / of.length;
  isMissed ||= share < least || of.length === 0;
  console.log(`${name}: ${of.length - wrong.length} of ${of.length} right, ${(100 * share).toFixed(2)} % (bar ${100 * least} %)`);
  if (options.list) wrong.forEach(entry => console.log(`    ${entry.os ?? ''} → ${entry.seen.os}${entry.seen.isBot ? ', bot' : ''}: ${entry.agent}`));
}
process.exitCode = isMissed ? 1 : 0;
