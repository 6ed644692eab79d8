/** `./scripts/demo --once --json` as a newcomer runs it: camera, broker and the real service from one command. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { outcomeEvent } from '../../src/mqtt/events';
import { processesWith } from '../support/rtsp/processes';

const ROOT = join(__dirname, '../..');
/** The film shows the outcome after 40 s; a busy machine needs a second turn of it. */
const LIMIT_MS = 240_000;

test(
  'tells an incident that is corrected after the dialect prompt, and leaves nothing running',
  async () => {
    const { stdout } = await promisify(execFile)(join(ROOT, 'scripts/demo'), ['--once', '--json'], {
      timeout: LIMIT_MS,
    });
    const lines = stdout.trim().split('\n');
    const summary = JSON.parse(lines.at(-1) ?? '');
    const [incident] = summary.incidents;
    const data = outcomeEvent.shape.data.parse(incident);
    expect(data.outcome).toMatchObject({ result: 'corrected', afterPromptLang: 'wuu' });
    expect(data.persons).toEqual([expect.objectContaining({ seat: 'driver' })]);
    expect(data.prompts.slice(0, 2).map(({ lang, playback }) => [lang, playback])).toEqual([
      ['zh-CN', 'confirmed'],
      ['wuu', 'confirmed'],
    ]);
    // The helmeted rider, the pedestrian and the one who pushes a bike are in the picture all the while.
    expect(summary.incidents).toHaveLength(1);
    for (const word of ['seen', 'violation', 'Mandarin', 'Changxing dialect', 'outcome']) {
      expect(lines.some((line) => line.includes(word))).toBe(true);
    }
    expect(summary.wavs.length).toBeGreaterThanOrEqual(2);
    for (const file of [...summary.wavs, ...summary.evidence]) expect(existsSync(file)).toBe(true);
    for (const { url, sha256 } of data.evidence) {
      expect(summary.evidence).toContain(new URL(url).pathname);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(readFileSync(summary.wavs[0]).subarray(0, 4).toString('latin1')).toBe('RIFF');
    expect([...processesWith(join(ROOT, 'demo-output/anqi.yaml')).values()]).toEqual([]);
  },
  LIMIT_MS,
);
