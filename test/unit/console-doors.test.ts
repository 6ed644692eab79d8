/** The pure parts of the console's doors. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { figuresCsv } from '../../src/console/figures-csv';
import { networkList } from '../../src/console/networks';
import { openapi } from '../../src/console/openapi';
import { isSetUpCode } from '../../src/console/set-up-code';
import { Throttle } from '../../src/console/throttle';
import { figures } from '../../src/incident/rate';

describe('networks', () => {
  const isInside = networkList(['192.168.0.0/16', '10.1.2.3', 'fe80::/10', '::1/128']);
  it.each<[string, boolean]>([
    ['192.168.7.8', true],
    ['::ffff:192.168.7.8', true],
    ['10.1.2.3', true],
    ['10.1.2.4', false],
    ['fe80::1%eth0', true],
    ['::1', true],
    ['2001:db8::1', false],
    ['8.8.8.8', false],
    ['', false],
    ['localhost', false],
  ])('%s inside: %s', (address, expected) => expect(isInside(address)).toBe(expected));
});

describe('the throttle', () => {
  const options = { free: 3, firstWaitMs: 1_000, longestWaitMs: 5_000 };

  it('lets people mistype, then doubles the wait up to its end', () => {
    const throttle = new Throttle(options);
    const waits = [1, 2, 3, 4, 5, 6, 7].map(() => {
      throttle.fail('a', 0);
      return throttle.waitMs('a', 0);
    });
    expect(waits).toEqual([0, 0, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect([throttle.waitMs('a', 4_999), throttle.waitMs('a', 5_000), throttle.waitMs('b', 0)]).toEqual([1, 0, 0]);
  });

  it('forgets after a success, and after an hour', () => {
    const throttle = new Throttle(options);
    for (let tried = 0; tried < 3; tried++) throttle.fail('a', 0);
    throttle.succeed('a');
    throttle.fail('a', 0);
    expect(throttle.waitMs('a', 0)).toBe(0);
    for (let tried = 0; tried < 2; tried++) throttle.fail('a', 0);
    throttle.fail('a', 3_700_000);
    expect(throttle.waitMs('a', 3_700_000)).toBe(0);
  });

  it('keeps a bounded table, the latest failures in it', () => {
    const throttle = new Throttle({ free: 1, firstWaitMs: 1_000, longestWaitMs: 1_000 });
    for (let index = 0; index < 2_001; index++) throttle.fail(`k${index}`, 0);
    expect([throttle.waitMs('k0', 0), throttle.waitMs('k1', 0), throttle.waitMs('k2000', 0)]).toEqual([
      0, 1_000, 1_000,
    ]);
  });
});

describe('the set-up code', () => {
  it.each<[string, boolean]>([
    ['ABCDE-FGHJK', true],
    ['abcde fghjk', true],
    ['abcdefghjk', true],
    ['ABCDE-FGHJ', false],
    ['ABCDE-FGHJKL', false],
    ['', false],
  ])('%j fits: %s', (given, expected) => expect(isSetUpCode(given, 'ABCDE-FGHJK')).toBe(expected));
});

describe('the CSV', () => {
  const ended = {
    incidentId: 'i',
    atMs: 0,
    seat: 'driver',
    result: 'corrected',
    heard: [{ number: 1, lang: 'zh-CN' }],
    reactionMs: 1,
  } as const;
  const clock = () => ({ day: '2026-11-27', hour: '08' });

  it('has a line for the total and for each group', () => {
    const lines = figuresCsv(figures([{ ...ended, cameraId: 'east' }], [], clock))
      .trim()
      .split('\r\n');
    expect(lines).toContain('total,,1,1,0,0,100.00');
    expect(lines).toContain('camera,east,1,1,0,0,100.00');
    expect(lines).toContain('language,zh-CN,1,1,0,0,100.00');
  });

  it.each<[string, string]>([
    ['=HYPERLINK("http://evil")', `"'=HYPERLINK(""http://evil"")"`],
    ['-2+3', "'-2+3"],
    ['a,b', '"a,b"'],
  ])('makes a camera called %j harmless', (cameraId, cell) => {
    expect(figuresCsv(figures([{ ...ended, cameraId }], [], clock))).toContain(`camera,${cell},`);
  });
});

test('openapi.json is what the table of routes makes: npm run contract', () => {
  const kept = readFileSync(join(__dirname, '../../src/console/openapi.json'), 'utf8');
  expect(kept).toBe(`${JSON.stringify(openapi(), null, 2)}\n`);
});
