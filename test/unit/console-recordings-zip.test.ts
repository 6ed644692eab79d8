/** Recordings in a ZIP: what goes in comes out, and what claims to be one is held to its bounds before it is unpacked. */

import fc from 'fast-check';
import { zipSync } from 'fflate';
import { packed, unpacked, type ZipEntry } from '../../src/console/recordings-zip';

const WORD = fc
  .array(fc.integer({ min: 0x4e00, max: 0x9fff }), { minLength: 1, maxLength: 60 })
  .map((codes) => `wuu/${String.fromCodePoint(...codes)}.wav`);

test('what is packed is unpacked, byte by byte', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(WORD, fc.uint8Array({ maxLength: 300 })), { selector: ([name]) => name }),
      async (list) => {
        const entries: ZipEntry[] = [
          { name: 'recordings.json', bytes: new Uint8Array([123, 125]) },
          ...list.map(([name, bytes]) => ({ name, bytes })),
        ];
        const byName = (a: ZipEntry, b: ZipEntry): number => (a.name < b.name ? -1 : 1);
        const out = (await unpacked(packed(entries))).map(({ name, bytes }) => ({
          name,
          bytes: new Uint8Array(bytes),
        }));
        expect([...out].sort(byName)).toEqual([...entries].sort(byName));
      },
    ),
    { numRuns: 50 },
  ));

/** The entry of the central directory with its sizes overwritten: 20 is what is packed, 24 what it claims to become. */
function lying(zip: Uint8Array, at: 20 | 24, bytes: number): Buffer {
  const liar = Buffer.from(zip);
  liar.writeUInt32LE(bytes, liar.lastIndexOf('PK\u0001\u0002', undefined, 'latin1') + at);
  return liar;
}

/** The place of the directory overwritten. */
function pointing(zip: Uint8Array, at: number): Buffer {
  const liar = Buffer.from(zip);
  liar.writeUInt32LE(at, liar.length - 6);
  return liar;
}

const STORED = zipSync({ 'wuu/謝.wav': new Uint8Array(1_000) }, { level: 0 });
const SQUEEZED = zipSync({ 'wuu/謝.wav': new Uint8Array(20_000_000) }, { level: 9 });

test.each<[string, Uint8Array, string]>([
  ['is empty', new Uint8Array(0), 'not a ZIP'],
  ['is something else', Buffer.from('a'.repeat(1_000)), 'not a ZIP'],
  ['is cut off', STORED.subarray(0, STORED.length - 10), 'not a ZIP'],
  ['unpacks to more than a recording has', SQUEEZED, 'too large when unpacked'],
  ['claims to unpack to gigabytes', lying(STORED, 24, 3_000_000_000), 'too large when unpacked'],
  ['claims to unpack to less than it does', lying(SQUEEZED, 24, 10), 'not a ZIP'],
  ['claims to unpack to more than it does', lying(STORED, 24, 1_001), 'damaged'],
  ['claims to be larger than it is', lying(STORED, 20, 3_000_000_000), 'damaged'],
  ['has a directory elsewhere', pointing(STORED, 10), 'its directory is damaged'],
  ['has a directory beyond its end', pointing(STORED, 1_000_000), 'not a ZIP'],
  ['climbs', zipSync({ '../x.wav': new Uint8Array(1) }), 'no name of a recording'],
  ['climbs from a language', zipSync({ 'wuu/../../x.wav': new Uint8Array(1) }), 'no name of a recording'],
  ['has a folder of its own', zipSync({ 'wuu/x/謝.wav': new Uint8Array(1) }), 'no name of a recording'],
  [
    'has the same name in two forms',
    zipSync({ 'wuu/\uf900.wav': new Uint8Array(1), 'wuu/\u8c48.wav': new Uint8Array(1) }),
    'twice',
  ],
  [
    'has more files than there are words',
    zipSync(
      Object.fromEntries(
        Array.from({ length: 502 }, (_, i) => [`wuu/${String.fromCodePoint(0x4e00 + i)}.wav`, new Uint8Array(1)]),
      ),
    ),
    'more than 501 files',
  ],
])('a ZIP that %s is refused', (_, zip, why) => expect(unpacked(zip)).rejects.toThrow(why));

test('one that is squeezed is unpacked as well', async () => {
  const bytes = Uint8Array.from({ length: 5_000 }, (_, i) => i % 7);
  const [entry] = await unpacked(zipSync({ 'wuu/謝.wav': bytes }, { level: 9 }));
  expect(new Uint8Array(entry?.bytes ?? [])).toEqual(bytes);
});

test('folders are passed over', async () => {
  const zip = zipSync({ wuu: { '謝.wav': new Uint8Array([1]) }, 'wuu/': new Uint8Array(0) });
  expect((await unpacked(zip)).map(({ name }) => name)).toEqual(['wuu/謝.wav']);
});
