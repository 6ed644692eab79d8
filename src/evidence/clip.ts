/**
 * The short film of an incident, from the confirmed violation to its outcome, everybody else's head hidden. ffmpeg
 * encodes while it happens, so at the end hardly anything is left to do. MP4, H.264, 960 px wide, 5 pictures a second.
 */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { averageCells } from '../averaging';
import type { Frame } from '../domain';
import { messageOf, RecoverableError } from '../errors';
import { endChild, type FedChild, spawnFed } from '../runtime/guarded-child';
import { type EvidenceItem, type EvidenceOptions, evidenceError } from './evidence';
import { CLIP_FPS, FilmStrip, type Shown, type StripCell } from './film-strip';
import { osCodeOf } from './os-error';
import { type Picture, redactInPlace } from './redaction';

export interface ClipRequest {
  readonly incidentId: string;
  /** RFC 3339 with the site's offset, as of the pictures. */
  readonly takenAt: string;
}

/** Each takes a tenth of a core while it is made. */
const MAX_OPEN = 3;
const WIDTH_PX = 960;
/** The outcome waits for its clip, but not for one that hangs; within what a stop allows. */
const END_LIMIT_MS = 2_500;
/** Frames come first. */
const NICENESS = 10;
const MAX_COMPLAINT_CHARACTERS = 300;
const DAY_MS = 86_400_000;

/** All clips of a box: those that are being made, and no more than it can bear. */
export class Clips {
  #open = 0;
  /** Clips of one camera show the same frame: it is made smaller once, into memory that is used again. */
  #shrunk: (Picture & { readonly of: Frame }) | null = null;

  constructor(private readonly options: Omit<EvidenceOptions, 'jpegQuality'>) {}

  /** @throws RecoverableError `evidence/busy` when as many as can be are being made */
  begin(request: ClipRequest): Clip {
    if (this.#open >= MAX_OPEN) {
      throw new RecoverableError('evidence/busy', `${MAX_OPEN} clips are being made already; this one is left out`);
    }
    this.#open += 1;
    const onEnd = (): void => {
      this.#open -= 1;
      if (this.#open === 0) this.#shrunk = null;
    };
    return new Clip(this.options, request, { smaller: (frame) => this.#smaller(frame), onEnd });
  }

  /** By a whole factor towards the clip's width, which ffmpeg does the rest to; good until the next call. */
  #smaller(frame: Frame): Picture {
    const side = ([4, 3, 2] as const).find((factor) => frame.widthPx >= factor * WIDTH_PX);
    if (side === undefined) return frame;
    if (this.#shrunk?.of === frame) return this.#shrunk;
    const widthPx = Math.floor(frame.widthPx / side);
    const heightPx = Math.floor(frame.heightPx / side);
    const bytes = widthPx * heightPx * 3;
    const pixels = this.#shrunk?.pixels.length === bytes ? this.#shrunk.pixels : new Uint8Array(bytes);
    averageCells({ from: frame, side, to: { pixels, offset: 0, strideBytes: widthPx * 3 } });
    this.#shrunk = { of: frame, widthPx, heightPx, pixels };
    return this.#shrunk;
  }
}

interface ClipDeps {
  readonly smaller: (frame: Frame) => Picture;
  readonly onEnd: () => void;
}

export class Clip {
  readonly #strip = new FilmStrip();
  readonly #folder: string;
  readonly #temporary: string;
  #encoder: Promise<Encoder> | null = null;
  /** What became of the pictures so far. */
  #feeding: Promise<void> = Promise.resolve();
  #isBehind = false;
  #owed = 0;
  /** Memory of pictures that are written: frame-sized garbage would cost more than the encoder. */
  readonly #free: Uint8Array[] = [];
  #size: Pick<Frame, 'widthPx' | 'heightPx'> = { widthPx: 0, heightPx: 0 };

  constructor(
    private readonly options: Omit<EvidenceOptions, 'jpegQuality'>,
    private readonly request: ClipRequest,
    private readonly deps: ClipDeps,
  ) {
    this.#folder = join(options.folder, request.takenAt.slice(0, 'YYYY-MM-DD'.length));
    this.#temporary = join(this.#folder, `${request.incidentId}-clip.${randomUUID()}.tmp`);
  }

  /** The next picture; its pixels are copied. One that comes while the encoder is behind is stood in for by the one before. */
  show({ frame, subjectHeads, otherHeads }: Shown): void {
    const small = this.deps.smaller(frame);
    const free = this.#free.pop();
    const pixels = free?.length === small.pixels.length ? free : new Uint8Array(small.pixels.length);
    pixels.set(small.pixels);
    const copy = { ...frame, widthPx: small.widthPx, heightPx: small.heightPx, pixels };
    for (const cell of this.#strip.push({ frame: copy, subjectHeads, otherHeads })) this.#feed(cell);
  }

  /** The finished file. @throws RecoverableError `evidence/*`; nothing is left on the disk then */
  async end(): Promise<EvidenceItem> {
    try {
      for (const cell of this.#strip.rest()) {
        this.#isBehind = false; // the last ones wait their turn
        this.#feed(cell);
      }
      return await this.#finish(AbortSignal.timeout(END_LIMIT_MS));
    } catch (error) {
      await rm(this.#temporary, { force: true }).catch(() => undefined);
      throw error instanceof RecoverableError ? error : evidenceError(error, this.#folder);
    } finally {
      const encoder = await this.#encoder?.catch(() => null);
      if (encoder !== null && encoder !== undefined) await endChild(encoder.child, 0);
      this.deps.onEnd();
    }
  }

  #feed(cell: StripCell): void {
    if (this.#isBehind) {
      this.#owed += cell.times;
      this.#free.push(cell.frame.pixels);
      return;
    }
    const times = cell.times + this.#owed;
    this.#owed = 0;
    this.#isBehind = true;
    this.#size = cell.frame;
    this.#encoder ??= this.#start(cell.frame);
    redactInPlace(cell.frame, cell);
    const { pixels } = cell.frame;
    const write = async (): Promise<void> => {
      const encoder = await this.#encoder;
      for (let i = 0; i < times; i++) await encoder?.write(pixels);
      this.#free.push(pixels);
      this.#isBehind = false;
    };
    this.#feeding = this.#feeding.then(write);
    this.#feeding.catch(() => undefined); // said at the end
  }

  async #start({ widthPx, heightPx }: Frame): Promise<Encoder> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return new Encoder(this.#temporary, { widthPx, heightPx });
  }

  async #finish(limit: AbortSignal): Promise<EvidenceItem> {
    const encoder = await this.#encoder;
    if (encoder === null) throw new RecoverableError('evidence/failed', 'no picture came while the clip was made');
    await Promise.race([this.#feeding.then(() => encoder.end()), lapsed(limit)]);
    const name = `${basename(this.#folder)}/${this.request.incidentId}-clip.mp4`;
    const path = join(this.#folder, basename(name));
    const hash = createHash('sha256');
    await pipeline(createReadStream(this.#temporary), hash, { signal: limit });
    const { size } = await stat(this.#temporary);
    await chmod(this.#temporary, 0o600);
    await rename(this.#temporary, path);
    this.options.onSaved?.(name);
    const expiresAtMs = Date.parse(this.request.takenAt) + this.options.retentionDays * DAY_MS;
    return {
      kind: 'clip',
      url: this.options.link?.({ name, expiresAtMs }) ?? pathToFileURL(path).href,
      path,
      sha256: hash.digest('hex'),
      expiresAtMs,
      ...scaled(this.#size),
      bytes: size,
    };
  }
}

/** ffmpeg, fed with raw pictures. */
class Encoder {
  readonly child: FedChild;
  readonly #closed: Promise<unknown>;
  #complaint = '';

  constructor(path: string, size: Pick<Frame, 'widthPx' | 'heightPx'>) {
    this.child = spawnFed('ffmpeg', encoderArguments(path, size));
    this.child.stdout.resume();
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.#complaint = `${this.#complaint}${chunk.toString('utf8')}`.slice(-MAX_COMPLAINT_CHARACTERS);
    });
    this.child.stdin.on('error', () => undefined); // its end says why
    this.#closed = once(this.child, 'close').catch((error: unknown) => {
      const why = osCodeOf(error) === 'ENOENT' ? 'ffmpeg is not installed' : messageOf(error);
      throw new RecoverableError('evidence/failed', `clip: ${why}`, { cause: error });
    });
    this.#closed.catch(() => undefined);
    if (this.child.pid !== undefined) lowerPriority(this.child.pid);
  }

  /** @throws RecoverableError `evidence/failed` with ffmpeg's own words when it has ended */
  async write(pixels: Uint8Array): Promise<void> {
    if (this.child.stdin.write(pixels)) return;
    await Promise.race([once(this.child.stdin, 'drain').catch(() => this.#closed), this.#closed]);
    if (this.child.exitCode !== null || this.child.signalCode !== null) throw this.#failure();
  }

  async end(): Promise<void> {
    this.child.stdin.end();
    await this.#closed;
    if (this.child.exitCode !== 0) throw this.#failure();
  }

  #failure(): RecoverableError {
    const end = this.child.exitCode ?? this.child.signalCode;
    const said = this.#complaint.trim();
    return new RecoverableError('evidence/failed', `clip: ffmpeg ended with ${end}${said && `: ${said}`}`);
  }
}

function encoderArguments(path: string, { widthPx, heightPx }: Pick<Frame, 'widthPx' | 'heightPx'>): string[] {
  const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${widthPx}x${heightPx}`, '-r', String(CLIP_FPS)];
  const { widthPx: w, heightPx: h } = scaled({ widthPx, heightPx });
  const coded = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '28', '-pix_fmt', 'yuv420p', '-threads', '1'];
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', '-threads', '1', ...input, '-i', 'pipe:0'],
    ...[
      '-vf',
      `scale=${w}:${h}:flags=area`,
      ...coded,
      '-map_metadata',
      '-1',
      '-movflags',
      '+faststart',
      '-f',
      'mp4',
      path,
    ],
  ];
}

/** At most 960 px wide; both sides even, as H.264 wants them. */
function scaled({
  widthPx,
  heightPx,
}: Pick<Frame, 'widthPx' | 'heightPx'>): Pick<EvidenceItem, 'widthPx' | 'heightPx'> {
  const factor = Math.min(1, WIDTH_PX / Math.max(1, widthPx));
  const even = (px: number): number => Math.max(2, 2 * Math.round((px * factor) / 2));
  return { widthPx: even(widthPx), heightPx: even(heightPx) };
}

function lapsed(limit: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const late = (): void =>
      reject(new RecoverableError('evidence/failed', `clip: ffmpeg was not done after ${END_LIMIT_MS} ms`));
    if (limit.aborted) late();
    else limit.addEventListener('abort', late, { once: true });
  });
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, NICENESS);
  } catch {
    // It has ended already, which its end tells.
  }
}
