/** Who is wrongly spoken to, counted through the shipped models: shop-window dummies and passers-by, and a clip with riders. */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = join(__dirname, '../../dist/scripts/false-addresses/main.js');
const CLIPS = join(__dirname, '../clips');

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Another exit code than 0 is a result here, no failure. */
function count(...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

it('nobody is spoken to in front of a shop window full of dummies, both bare riders of another clip are', async () => {
  const films = ['shop-window', 'two-in-blue'].map((name) => join(CLIPS, `${name}.mp4`));
  const { code, stdout } = await count(...films, '--json');
  const figures = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  expect(figures).toMatchObject({ frames: 175, votedWrong: 0, votedWrongPer1000: 0, bareRiders: 2, addressed: 2 });
  // In single looks the dummies are bare heads: it is the way they came, or did not, that keeps them from being spoken to.
  expect(figures.films[0]).toMatchObject({ bareRiders: 0, addressed: 0, wrongVoted: [] });
  expect(figures.films[0].wrongLooks).toBeGreaterThan(20);
  expect(code).toBe(0);
}, 120_000);

it('a film without its truth is refused, naming the file and the cure', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'anqi-truth-'));
  try {
    copyFileSync(join(CLIPS, 'two-in-blue.mp4'), join(folder, 'alone.mp4'));
    const { code, stderr } = await count(join(folder, 'alone.mp4'));
    expect(code).toBe(1);
    expect(stderr).toContain(join(folder, 'alone.truth.json'));
    expect(stderr).toContain('scripts/simulate');
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
