/** The one-time code of a box without an account: in a file for `anqi setup-code`, in the log at the start, gone after use. */
import { randomInt, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../runtime/write-durably';

/** No 0 O 1 I L: it is read aloud and typed on a phone. 10 of 31 letters are 49 bits. */
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const LENGTH = 10;

export function consoleFolder(dataFolder: string): string {
  return join(dataFolder, 'console');
}

/** The code in force, in two groups of five; undefined where the box is set up or has never run. */
export function readSetUpCode(dataFolder: string): string | undefined {
  try {
    return readFileSync(codeFile(dataFolder), 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The one that is there, or a new one. */
export function keepSetUpCode(dataFolder: string): string {
  const known = readSetUpCode(dataFolder);
  if (known !== undefined && known !== '') return known;
  const letters = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  const code = `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`;
  mkdirSync(consoleFolder(dataFolder), { recursive: true, mode: 0o700 });
  writeDurably(codeFile(dataFolder), `${code}\n`, 0o600);
  return code;
}

export function dropSetUpCode(dataFolder: string): void {
  rmSync(codeFile(dataFolder), { force: true });
}

/** Case, blanks and the hyphen do not matter. */
export function isSetUpCode(given: string, code: string): boolean {
  const [a, b] = [plain(given), plain(code)].map((text) => Buffer.from(text.padEnd(LENGTH * 2)));
  return a !== undefined && b !== undefined && a.length === b.length && timingSafeEqual(a, b);
}

function plain(code: string): string {
  return code
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .slice(0, LENGTH * 2);
}

function codeFile(dataFolder: string): string {
  return join(consoleFolder(dataFolder), 'set-up-code');
}
