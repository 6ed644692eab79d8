/** What a browser or a telephone recorded → sound. WAV is read here; anything else goes through ffmpeg, from a file of its own. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, RecoverableError } from '../../errors';
import { deadline } from '../../runtime/deadline';
import { endChild, spawnGuarded } from '../../runtime/guarded-child';
import { errorCode } from '../error-code';
import { parseWav, type Sound } from '../sound/wav';
import { MAX_RECORDING_MS } from './recording';

/** Containers of telephones and browsers. None of them names another file or address to be opened. */
const CONTAINERS = 'mov,mp4,m4a,3gp,3g2,mj2,ogg,matroska,webm,mp3,aac,amr,flac,wav,caf';
const RATE_HZ = 48_000;
/** A second more than may be kept, so that what is too long is seen to be. */
const LONGEST_S = MAX_RECORDING_MS / 1000 + 1;
const MAX_BYTES = LONGEST_S * RATE_HZ * 2;
const DECODE_LIMIT_MS = 15_000;
const MAX_COMPLAINT_CHARACTERS = 300;

/** `folder` is for a temporary file. @throws RecoverableError `take_unreadable`, `take_undecoded` (no ffmpeg) */
export async function decodeTake(bytes: Uint8Array, folder: string, signal: AbortSignal): Promise<Sound> {
  try {
    return parseWav(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    // 24 bits, floating point, or no WAV at all.
  }
  const file = path.join(folder, `${randomUUID()}.take`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, bytes);
    return { sampleRateHz: RATE_HZ, channels: 1, samples: samplesOf(await decoded(file, signal)) };
  } finally {
    await rm(file, { force: true });
  }
}

function samplesOf(pcm: Buffer): Int16Array {
  const samples = new Int16Array(pcm.length >> 1);
  for (let i = 0; i < samples.length; i += 1) samples[i] = pcm.readInt16LE(i * 2);
  return samples;
}

async function decoded(file: string, signal: AbortSignal): Promise<Buffer> {
  const input = ['-protocol_whitelist', 'file', '-format_whitelist', CONTAINERS, '-i', `file:${file}`];
  const output = [
    '-map',
    '0:a:0',
    '-t',
    String(LONGEST_S),
    '-ac',
    '1',
    '-ar',
    String(RATE_HZ),
    '-f',
    's16le',
    'pipe:1',
  ];
  const child = spawnGuarded('ffmpeg', ['-nostdin', '-v', 'error', '-threads', '1', ...input, ...output]);
  const chunks: Buffer[] = [];
  let length = 0;
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= MAX_BYTES) chunks.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(-MAX_COMPLAINT_CHARACTERS);
  });
  try {
    const [code] = await once(child, 'close', { signal: deadline(DECODE_LIMIT_MS, signal) });
    if (code !== 0 || length === 0) throw new Error(complaint.trim() || `ffmpeg ended with ${code}`);
    return Buffer.concat(chunks);
  } catch (cause) {
    if (signal.aborted) throw cause;
    if (errorCode(cause) === 'ENOENT')
      throw new RecoverableError('take_undecoded', 'ffmpeg is not installed', { cause });
    throw new RecoverableError('take_unreadable', messageOf(cause), { cause });
  } finally {
    await endChild(child);
  }
}
