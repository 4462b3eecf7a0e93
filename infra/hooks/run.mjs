// Runs programs for the hooks, on every system that azd runs on.
//   SHARELINKS_HOOK_TRIES, SHARELINKS_HOOK_PAUSE   how often to wait for a role to hold, and for how many seconds
import { spawnSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

const tries = Number(process.env.SHARELINKS_HOOK_TRIES || 60);
const pauseSeconds = Number(process.env.SHARELINKS_HOOK_PAUSE || 10);

/** Runs a program to its end. On Windows the Azure CLI is a batch file, which only a shell can start. */
export function run(program, args, options = {}) {
  const isWindows = process.platform === 'win32';
  const quoted = isWindows ? args.map(arg => `"${arg}"`) : args;
  const { status, stdout, stderr, error } = spawnSync(program, quoted, { encoding: 'utf8', shell: isWindows, ...options });
  return { ok: status === 0, output: stdout ?? '', errors: error ? error.message : (stderr ?? '').trimEnd() };
}

/** Runs it again while it is refused: a role that was granted a moment ago may take minutes until it holds. */
export async function untilGranted(attempt, refusal) {
  for (let left = tries; ; left--) {
    const result = attempt();
    if (result.ok || left <= 0 || !refusal.test(result.errors))
      return result;
    await pause(1000 * pauseSeconds);
  }
}

/** Says what went wrong, and ends. */
export function fail(message) {
  console.error(message.trimEnd());
  process.exit(1);
}
