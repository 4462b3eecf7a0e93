// Makes the first API key, with scope admin, in the name of whoever deploys, and shows it this once. Does nothing when there is a key.
//   SHARELINKS_STORAGE_ENDPOINT, SHARELINKS_STORAGE_AUDIENCE, SHARELINKS_ADDRESS   outputs of the template
import { join } from 'node:path';
import { fail, run, untilGranted } from './run.mjs';

const { SHARELINKS_STORAGE_ENDPOINT: endpoint, SHARELINKS_STORAGE_AUDIENCE: audience, SHARELINKS_ADDRESS: address } = process.env;
if (!endpoint)
  fail('SHARELINKS_STORAGE_ENDPOINT is set by azd provision.');

const settings = { ...process.env, ShareLinks__Storage__Endpoint: endpoint, ...(audience && { ShareLinks__Storage__Audience: audience }) };
const keys = (...command) => run('dotnet', ['run', '--project', 'functions', '--verbosity', 'quiet', '--', 'keys', ...command], { cwd: join(import.meta.dirname, '..', '..'), env: settings });

const list = await untilGranted(() => keys('list'), /not authorized/);
if (!list.ok)
  fail(`${list.errors}\nThe API keys could not be read. Try again by: azd hooks run postdeploy`);
if (/^[0-9A-Za-z]{12} {2}/m.test(list.output))
  process.exit(0);
const created = keys('create', '--scope', 'admin', '--name', 'first key');
if (!created.ok)
  fail(created.errors);
console.log(`ShareLinks is at ${address || 'its address'}. Its first API key, with scope admin, is shown this once:`);
console.log(`  ${created.output.trimEnd().split('\n').at(-1).trim()}`);
