/** Recordings as a ZIP: packed, and unpacked within bounds from whatever somebody sends. Pure. */
import { type UnzipFileInfo, unzipSync, zipSync } from 'fflate';
import { MAX_ZIP_BYTES } from './contract-recordings';
import { ConsoleRefusal } from './refusal';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The only names there are: nothing of it is ever used as a path. */
const NAME = /^(recordings\.json|(zh-CN|wuu)\/\p{Script=Han}{1,60}\.wav)$/u;
const MAX_ENTRIES = 501;
/** The largest recording that is read has 12.5 MB. */
const MAX_ENTRY_BYTES = 13_000_000;

/** Sound hardly gets smaller: stored as it is. */
export function packed(entries: readonly ZipEntry[]): Uint8Array {
  return zipSync(Object.fromEntries(entries.map(({ name, bytes }) => [name, bytes])), { level: 0 });
}

/**
 * Every entry is within its bounds before any of it is unpacked; what an entry says of its size is all that it gets.
 * @throws ConsoleRefusal bad_request
 */
export function unpacked(zip: Uint8Array): readonly ZipEntry[] {
  const seen = new Set<string>();
  let total = 0;
  const check = ({ name, size, originalSize }: Omit<UnzipFileInfo, 'compression'>): void => {
    if (isFolder(name)) return;
    const bytes = Math.max(size, originalSize); // what is stored as it is may claim to be smaller
    const plain = name.normalize('NFC');
    if (!NAME.test(plain)) throw refusal(`${JSON.stringify(name.slice(0, 80))} is no name of a recording`);
    if (seen.has(plain)) throw refusal(`${plain} is in it twice`);
    seen.add(plain);
    total += bytes;
    if (seen.size > MAX_ENTRIES) throw refusal(`more than ${MAX_ENTRIES} files`);
    if (bytes > MAX_ENTRY_BYTES || total > MAX_ZIP_BYTES) throw refusal(`${plain}: too large when unpacked`);
  };
  try {
    unzipSync(zip, {
      filter: (entry) => {
        check(entry);
        return false;
      },
    });
    const files = unzipSync(zip, { filter: ({ name }) => !isFolder(name) });
    return Object.entries(files).map(([name, bytes]) => ({ name: name.normalize('NFC'), bytes }));
  } catch (error) {
    if (error instanceof ConsoleRefusal) throw error;
    throw refusal('not a ZIP that can be read');
  }
}

function isFolder(name: string): boolean {
  return name.endsWith('/');
}

function refusal(detail: string): ConsoleRefusal {
  return new ConsoleRefusal('bad_request', `ZIP: ${detail}`);
}
