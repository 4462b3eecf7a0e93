// Runs Azurite's table service for the app that started this script, until the app closes its end of standard input.
//
// Azurite keeps its tables in memory and saves them only when it is asked to stop, so it must outlive a Ctrl-C (which a terminal sends to
// every process in the foreground) and even a killed app: it runs in a process group of its own and is told to stop by a message.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';

const [port, folder] = process.argv.slice(2);
const main = createRequire(import.meta.url).resolve('azurite/dist/src/table/main.js');
const azurite = fork(main,
  ['--tableHost', '127.0.0.1', '--tablePort', port, ...(folder ? ['--location', folder] : ['--inMemoryPersistence']), '--silent', '--disableTelemetry'],
  { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });

azurite.on('exit', code => process.exit(code ?? 1));
process.on('SIGINT', () => {});
process.on('SIGTERM', () => azurite.send('shutdown'));
process.stdin.resume();
process.stdin.on('end', () => azurite.connected && azurite.send('shutdown'));
