/**
 * Evidence pictures of one incident: the whole picture and the vehicle with its riders, both without anybody else's face.
 * The only importer of sharp, which never runs per frame: one picture at a time, one thread, a bounded queue.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import type { BoundingBox, Frame } from '../domain';
import { messageOf, RecoverableError } from '../errors';
import { expand } from '../geometry';
import { osCodeOf } from './os-error';
import { type Picture, type PixelRect, pixelRect, redact } from './redaction';

export interface EvidenceOptions {
  /** Pictures go to folder/YYYY-MM-DD/. Created when missing. */
  readonly folder: string;
  readonly retentionDays: number;
  /** How whoever reads the events gets at a picture; its path as a file: URL by default. `name` is day/file. */
  readonly link?: (picture: { readonly name: string; readonly expiresAtMs: number }) => string;
  /** Hears of every picture that is on the disk. */
  readonly onSaved?: (name: string) => void;
  /** 1–100. */
  readonly jpegQuality?: number;
}

export interface EvidenceRequest {
  readonly frame: Frame;
  /** The two-wheeler with its riders, and their heads: these stay recognisable. */
  readonly subject: { readonly groupBox: BoundingBox; readonly headBoxes: readonly BoundingBox[] };
  /** Heads of everybody else in the picture, as found: these do not. */
  readonly others: readonly BoundingBox[];
  readonly incidentId: string;
  /** RFC 3339 with the site's offset: its date names the folder, its instant starts the retention. */
  readonly takenAt: string;
}

export interface EvidenceItem {
  readonly kind: 'full' | 'crop' | 'clip';
  /** Where a reader of the events finds it. */
  readonly url: string;
  readonly path: string;
  readonly sha256: string;
  readonly expiresAtMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly bytes: number;
}

/** A full 1080p picture is 6 MB until it is compressed. */
const MAX_WAITING = 8;
const JPEG_QUALITY = 85;
/** Looked at once, often over a slow uplink. */
const STILL_QUALITY = 75;
/** Some road around the vehicle shows what it did. */
const CROP_MARGIN_RATIO = 0.1;
const DAY_MS = 86_400_000;
const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

sharp.concurrency(1);
sharp.cache(false);

export class EvidenceWriter {
  readonly #options: EvidenceOptions;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(options: EvidenceOptions) {
    this.#options = options;
  }

  /**
   * Writes both pictures and returns them, `full` first. The frame is copied before this returns its promise.
   * Throws RecoverableError `evidence/busy` | `evidence/disk-full` | `evidence/unwritable` | `evidence/failed`; the abort
   * reason when `signal` aborts before its turn.
   */
  async save(request: EvidenceRequest, signal: AbortSignal): Promise<readonly EvidenceItem[]> {
    if (this.#waiting >= MAX_WAITING) {
      throw new RecoverableError(
        'evidence/busy',
        `${MAX_WAITING} evidence pictures are waiting already; this one is left out`,
      );
    }
    const job = this.#plan(request);
    this.#waiting += 1;
    const done = this.#tail.then(() => this.#perform(job, signal));
    this.#tail = done.catch(() => undefined);
    return done.finally(() => {
      this.#waiting -= 1;
    });
  }

  /** The whole picture as JPEG, kept nowhere. The frame is copied before this returns its promise. */
  async still({ frame, subject, others }: EvidenceRequest, widthPx: number): Promise<Buffer> {
    const { pixels, ...size } = redact(frame, { subjectHeads: subject.headBoxes, otherHeads: others });
    return sharp(Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength), {
      raw: { width: size.widthPx, height: size.heightPx, channels: 3 },
    })
      .resize({ width: widthPx, withoutEnlargement: true })
      .jpeg({ quality: STILL_QUALITY })
      .toBuffer();
  }

  #plan({ frame, subject, others, incidentId, takenAt }: EvidenceRequest): Job {
    const takenAtMs = Date.parse(takenAt);
    if (!SAFE_NAME.test(incidentId) || Number.isNaN(takenAtMs)) {
      throw new RecoverableError('evidence/failed', `bad incident id or time: ${incidentId} ${takenAt}`);
    }
    return {
      picture: redact(frame, { subjectHeads: subject.headBoxes, otherHeads: others }),
      cropRect: cropRect(subject, frame),
      folder: join(this.#options.folder, takenAt.slice(0, 'YYYY-MM-DD'.length)),
      name: `${incidentId}-${frame.index}`,
      expiresAtMs: takenAtMs + this.#options.retentionDays * DAY_MS,
    };
  }

  async #perform(job: Job, signal: AbortSignal): Promise<readonly EvidenceItem[]> {
    signal.throwIfAborted();
    const whole = { left: 0, top: 0, width: job.picture.widthPx, height: job.picture.heightPx };
    try {
      await mkdir(job.folder, { recursive: true, mode: 0o700 });
      const full = await this.#write(job, { kind: 'full', rect: whole });
      return [full, await this.#write(job, { kind: 'crop', rect: job.cropRect })];
    } catch (error) {
      throw evidenceError(error, job.folder);
    }
  }

  async #write(job: Job, { kind, rect }: { readonly kind: EvidenceItem['kind']; readonly rect: PixelRect }) {
    const { pixels, widthPx, heightPx } = job.picture;
    const jpeg = await sharp(Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength), {
      raw: { width: widthPx, height: heightPx, channels: 3 },
    })
      .extract(rect)
      .jpeg({ quality: this.#options.jpegQuality ?? JPEG_QUALITY })
      .toBuffer();
    const path = join(job.folder, `${job.name}-${kind}.jpg`);
    await writeAtomically(path, jpeg);
    const name = `${basename(job.folder)}/${basename(path)}`;
    this.#options.onSaved?.(name);
    const item: EvidenceItem = {
      kind,
      url: this.#options.link?.({ name, expiresAtMs: job.expiresAtMs }) ?? pathToFileURL(path).href,
      path,
      sha256: createHash('sha256').update(jpeg).digest('hex'),
      expiresAtMs: job.expiresAtMs,
      widthPx: rect.width,
      heightPx: rect.height,
      bytes: jpeg.byteLength,
    };
    return item;
  }
}

interface Job {
  readonly picture: Picture;
  readonly cropRect: PixelRect;
  readonly folder: string;
  readonly name: string;
  readonly expiresAtMs: number;
}

/** Vehicle, riders and their heads with some margin; the whole picture when nothing of them is inside. */
export function cropRect(subject: EvidenceRequest['subject'], size: Pick<Frame, 'widthPx' | 'heightPx'>): PixelRect {
  const boxes = [subject.groupBox, ...subject.headBoxes];
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.w));
  const bottom = Math.max(...boxes.map((box) => box.y + box.h));
  const rect = pixelRect(expand({ x, y, w: right - x, h: bottom - y }, CROP_MARGIN_RATIO), size);
  return rect.width > 0 && rect.height > 0 ? rect : { left: 0, top: 0, width: size.widthPx, height: size.heightPx };
}

/** A reader sees the whole file or none. */
async function writeAtomically(path: string, bytes: Buffer): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, bytes, { mode: 0o600, flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** What went wrong in `folder`, as a RecoverableError that says how to mend it. */
export function evidenceError(error: unknown, folder: string): RecoverableError {
  const osCode = osCodeOf(error);
  const as = (code: string, advice: string) =>
    new RecoverableError(code, `evidence in ${folder}: ${messageOf(error)}; ${advice}`, { cause: error });
  if (osCode === 'ENOSPC' || osCode === 'EDQUOT')
    return as('evidence/disk-full', 'free space or shorten the retention');
  if (['EACCES', 'EROFS', 'EPERM', 'ENOTDIR', 'EEXIST', 'EIO'].includes(osCode)) {
    return as('evidence/unwritable', 'make the folder writable for this service or choose another one');
  }
  return as('evidence/failed', 'see the cause');
}
