/** Opus through ffmpeg: a whole sentence is encoded before it is sent, out of its Ogg container (RFC 7845). */
import { once } from 'node:events';
import { messageOf, RecoverableError } from '../../errors';
import { deadline } from '../../runtime/deadline';
import { endChild, spawnGuarded } from '../../runtime/guarded-child';
import { errorCode } from '../error-code';
import { FRAME_MS } from './network';
import type { PlayableSound } from './speaker';

export const OPUS_CLOCK_HZ = 48_000;
/** Clear speech in full band; a sentence of 5 s is 20 kB. */
const BITRATE = '32k';
/** ffmpeg takes some 100 ms for a sentence; on a box that is busy it may take seconds. */
const ENCODE_LIMIT_MS = 10_000;
/** Four minutes of sound. */
const MAX_BYTES = 1_000_000;
const MAX_COMPLAINT_CHARACTERS = 300;

/** Packets of 20 ms. @throws RecoverableError `opus_failed` */
export function opusOf({ wavPath, volumePercent }: PlayableSound, signal: AbortSignal): Promise<readonly Buffer[]> {
  return encode(['-i', wavPath, '-af', `volume=${volumePercent / 100}`], signal);
}

/** @throws RecoverableError `opus_failed` when this ffmpeg cannot make Opus */
export async function checkOpus(signal: AbortSignal): Promise<void> {
  await encode(['-f', 'lavfi', '-t', '0.06', '-i', 'anullsrc=r=48000:cl=mono'], signal);
}

async function encode(input: readonly string[], signal: AbortSignal): Promise<readonly Buffer[]> {
  const format = ['-ac', '1', '-ar', String(OPUS_CLOCK_HZ), '-c:a', 'libopus', '-b:a', BITRATE];
  const framing = ['-application', 'voip', '-frame_duration', String(FRAME_MS), '-threads', '1', '-f', 'ogg', 'pipe:1'];
  const child = spawnGuarded('ffmpeg', ['-nostdin', '-v', 'error', ...input, ...format, ...framing]);
  const chunks: Buffer[] = [];
  let bytes = 0;
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(chunk);
    else void endChild(child);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(-MAX_COMPLAINT_CHARACTERS);
  });
  try {
    const limit = deadline(ENCODE_LIMIT_MS, signal);
    const [code] = await once(child, 'close', { signal: limit });
    if (code !== 0) throw new Error(complaint.trim() || `ffmpeg ended with ${code}`);
    return oggPackets(Buffer.concat(chunks)).slice(2); // after OpusHead and OpusTags
  } catch (error) {
    if (signal.aborted) throw error;
    const why = errorCode(error) === 'ENOENT' ? 'ffmpeg is not installed' : messageOf(error);
    throw new RecoverableError('opus_failed', why, { cause: error });
  } finally {
    await endChild(child);
  }
}

/** The packets of an Ogg stream (RFC 3533): a lacing value below 255 ends one. */
export function oggPackets(file: Buffer): readonly Buffer[] {
  const packets: Buffer[] = [];
  const parts: Buffer[] = [];
  for (let page = 0; page + 27 <= file.length && file.toString('latin1', page, page + 4) === 'OggS'; ) {
    const segments = file.readUInt8(page + 26);
    let at = page + 27 + segments;
    for (const lacing of file.subarray(page + 27, at)) {
      parts.push(file.subarray(at, at + lacing));
      at += lacing;
      if (lacing < 255) packets.push(Buffer.concat(parts.splice(0)));
    }
    page = at;
  }
  return packets;
}
