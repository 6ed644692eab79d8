/** Recordings as a ZIP: packed, and unpacked within bounds from whatever somebody sends. */
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { zipSync } from 'fflate';
import { MAX_ZIP_BYTES } from './contract-recordings';
import { ConsoleRefusal } from './refusal';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Where an entry is, and what the archive's directory says of it (APPNOTE.TXT 4.3.12). */
interface Place {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerAt: number;
}

/** The only names there are: nothing of it is ever used as a path. */
const NAME = /^(recordings\.json|(zh-CN|wuu)\/\p{Script=Han}{1,60}\.wav)$/u;
const MAX_ENTRIES = 501;
/** The largest recording that is read has 12.5 MB. */
const MAX_ENTRY_BYTES = 13_000_000;
const END = { signature: 'PK\u0005\u0006', bytes: 22 };
const ENTRY = { signature: 0x02014b50, bytes: 46 };
const HEADER = { signature: 0x04034b50, bytes: 30 };
const NO_ZIP = 'not a ZIP that can be read';
const STORED = 0;
const DEFLATED = 8;

/** In a thread of its own, and never more than it is allowed. */
const inflate = promisify(inflateRaw);

/** Sound hardly gets smaller: stored as it is. */
export function packed(entries: readonly ZipEntry[]): Uint8Array {
  return zipSync(Object.fromEntries(entries.map(({ name, bytes }) => [name, bytes])), { level: 0 });
}

/**
 * Every entry is within its bounds before any of it is unpacked, and none becomes more than it said.
 * @throws ConsoleRefusal bad_request
 */
export async function unpacked(zip: Uint8Array): Promise<readonly ZipEntry[]> {
  const file = Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength);
  try {
    const places = placesIn(file).filter(({ name }) => !name.endsWith('/'));
    checkBounds(places);
    const entries: ZipEntry[] = [];
    for (const place of places) entries.push({ name: place.name, bytes: await contentOf(file, place) });
    return entries;
  } catch (error) {
    if (error instanceof ConsoleRefusal) throw error;
    throw refusal(NO_ZIP); // a place outside of the file, or what zlib refuses
  }
}

function placesIn(file: Buffer): readonly Place[] {
  const end = file.lastIndexOf(END.signature, undefined, 'latin1');
  if (end < 0) throw refusal(NO_ZIP);
  const count = file.readUInt16LE(end + 10);
  if (count > MAX_ENTRIES) throw refusal(`more than ${MAX_ENTRIES} files`);
  const places: Place[] = [];
  let at = file.readUInt32LE(end + 16);
  while (places.length < count) {
    if (file.readUInt32LE(at) !== ENTRY.signature) throw refusal('its directory is damaged');
    const nameBytes = file.readUInt16LE(at + 28);
    places.push({
      name: file.toString('utf8', at + ENTRY.bytes, at + ENTRY.bytes + nameBytes).normalize('NFC'),
      method: file.readUInt16LE(at + 10),
      packedBytes: file.readUInt32LE(at + 20),
      bytes: file.readUInt32LE(at + 24),
      headerAt: file.readUInt32LE(at + 42),
    });
    at += ENTRY.bytes + nameBytes + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  return places;
}

function checkBounds(places: readonly Place[]): void {
  const seen = new Set<string>();
  let total = 0;
  for (const { name, bytes } of places) {
    if (!NAME.test(name)) throw refusal(`${JSON.stringify(name.slice(0, 80))} is no name of a recording`);
    if (seen.has(name)) throw refusal(`${name} is in it twice`);
    seen.add(name);
    total += bytes;
    if (bytes > MAX_ENTRY_BYTES || total > MAX_ZIP_BYTES) throw refusal(`${name}: too large when unpacked`);
  }
}

async function contentOf(file: Buffer, { name, method, packedBytes, bytes, headerAt }: Place): Promise<Uint8Array> {
  if (file.readUInt32LE(headerAt) !== HEADER.signature) throw refusal(`${name}: damaged`);
  const from = headerAt + HEADER.bytes + file.readUInt16LE(headerAt + 26) + file.readUInt16LE(headerAt + 28);
  const content = file.subarray(from, from + packedBytes);
  if (method !== STORED && method !== DEFLATED) throw refusal(`${name}: packed in a way that is not read`);
  const whole = method === STORED ? content : await inflate(content, { maxOutputLength: Math.max(1, bytes) });
  if (content.length !== packedBytes || whole.length !== bytes) throw refusal(`${name}: damaged`);
  return whole;
}

function refusal(detail: string): ConsoleRefusal {
  return new ConsoleRefusal('bad_request', `ZIP: ${detail}`);
}
