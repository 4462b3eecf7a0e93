// Makes the keys that the vault lacks, each once; none that is there is ever overwritten. Runs before each provision, so that a key which is added is there
// before the app refers to it, and after it, since the first provision makes the vault.
//   SHARELINKS_VAULT                                      the vault; not known before the first provision
//   SHARELINKS_TOKEN_KEYS, _SIGNING_KEYS, _VISITOR_KEYS   the rings' numbers, such as 2,1; 1 when absent
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, run, untilGranted } from './run.mjs';

const { SHARELINKS_VAULT: vault, SHARELINKS_APP_ID: app } = process.env;
if (!vault)
  process.exit(0);

const ring = (name, numbers) => (numbers || '1').split(',').map(number => `${name}-key-${number.trim()}`);
const names = [
  'code-key',
  ...ring('token', process.env.SHARELINKS_TOKEN_KEYS),
  ...ring('signing', process.env.SHARELINKS_SIGNING_KEYS),
  ...ring('visitor', process.env.SHARELINKS_VISITOR_KEYS),
];

/** Whether the vault has a secret. Only a vault that says "not found" may be written to; whatever else goes wrong ends the script. */
async function has(name) {
  const answer = await untilGranted(
    () => run('az', ['keyvault', 'secret', 'show', '--vault-name', vault, '--name', name, '--query', 'id', '--output', 'tsv']), /Forbidden/);
  if (answer.ok)
    return true;
  if (/SecretNotFound/.test(answer.errors))
    return false;
  fail(`${answer.errors}\nThe vault ${vault} could not be asked for ${name}; nothing was changed. Try again by: azd provision`);
}

const folder = mkdtempSync(join(tmpdir(), 'sharelinks-'));
let made = false;
try {
  for (const name of names) {
    if (await has(name))
      continue;
    // By a file, since arguments can be read by every process of this machine.
    const file = join(folder, 'key');
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
    const set = run('az', ['keyvault', 'secret', 'set', '--vault-name', vault, '--name', name, '--file', file, '--encoding', 'utf-8', '--output', 'none']);
    if (!set.ok)
      fail(`${set.errors}\nThe vault ${vault} did not take ${name}. If it was deleted, bring it back: az keyvault secret recover --vault-name ${vault} --name ${name}`);
    console.log(`Made ${name} in the vault ${vault}.`);
    made = true;
  }
} finally {
  rmSync(folder, { recursive: true });
}

// The app looks again only when it is told.
if (made && app) {
  const refresh = run('az', ['rest', '--method', 'post', '--url', `${app}/config/configreferences/appsettings/refresh?api-version=2022-03-01`, '--output', 'none']);
  if (!refresh.ok)
    fail(refresh.errors);
}
