/** One service for one data folder, whatever becomes of the process that had it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimDataFolder } from '../../src/outbox/data-folder';
import { PACKAGE_ROOT } from '../../src/places';

jest.setTimeout(60_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anqi-claim-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const never = (error: unknown): void => {
  throw error;
};

/** Another process that has the folder until it is ended. */
async function holder() {
  const program = `
    const { claimDataFolder } = require(process.argv[1]);
    claimDataFolder(process.argv[2], (error) => { throw error; });
    process.stdout.write('held');
    setInterval(() => undefined, 1000);`;
  const built = join(PACKAGE_ROOT, 'dist/src/outbox/data-folder.js');
  const child = spawn(process.execPath, ['-e', program, built, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    kill: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

test('a second service is refused while the first lives, and not a moment longer, even after SIGKILL', async () => {
  const first = await holder();
  const refused = expect.objectContaining({ code: 'data/in-use', message: expect.stringContaining(folder) });
  expect(() => claimDataFolder(folder, never)).toThrow(refused);
  await first.kill();
  claimDataFolder(folder, never)();
  claimDataFolder(folder, never)();
  expect(readdirSync(folder)).toEqual(['service.lock']);
});

test.each([
  ['a folder that is a file', () => writeFileSync(join(folder, 'data'), '')],
  ['a lock that is a folder', () => mkdirSync(join(folder, 'data/service.lock'), { recursive: true })],
])('%s takes no lock, which is told, and the service goes on', (_title, spoil) => {
  spoil();
  const told: unknown[] = [];
  claimDataFolder(join(folder, 'data'), (error) => told.push(error))();
  expect(told).toEqual([expect.objectContaining({ code: 'data/unlockable' })]);
});
