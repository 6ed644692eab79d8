/**
 * Pictures out of ffmpeg's PPM stream, into buffers that are used again.
 */
import { RecoverableError } from '../errors';

export interface Picture {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Interleaved RGB; owns its whole ArrayBuffer, so it may be transferred to a worker. */
  readonly pixels: Uint8Array;
}

/** Free buffers kept: one being filled, one waiting, two with the consumer. More are made when more are out, and not kept. */
const MAX_FREE = 4;
/** 8K RGB; anything larger is a stream that lost its place. */
const MAX_PICTURE_BYTES = 7680 * 4320 * 3;
/** A header is at most 17 bytes long. */
const MAX_HEADER_BYTES = 32;

/** Buffers by their size; a transferred one comes back as another Uint8Array or not at all, and both are fine. */
export class PixelPool {
  #free: Uint8Array[] = [];

  take(bytes: number): Uint8Array {
    this.#free = this.#free.filter((pixels) => pixels.byteLength === bytes);
    return this.#free.pop() ?? new Uint8Array(bytes);
  }

  /** Takes pixels back. Those that share a larger buffer, were transferred away or are here already are ignored. */
  release(pixels: Uint8Array): void {
    const isWhole = pixels.byteLength > 0 && pixels.byteLength === pixels.buffer.byteLength;
    const isFree = this.#free.some((free) => free.buffer === pixels.buffer);
    if (isWhole && !isFree && this.#free.length < MAX_FREE) this.#free.push(pixels);
  }
}

/** Puts pictures together out of the bytes as they come. */
export class PictureParser {
  #header = Buffer.alloc(0);
  #picture: Picture | undefined;
  #filled = 0;

  constructor(private readonly pool: PixelPool) {}

  /** The pictures that these bytes complete. Throws `corrupt` when the stream is not PPM. */
  *push(bytes: Uint8Array): Generator<Picture> {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#picture === undefined) {
        const before = this.#header.length;
        this.#header = Buffer.concat([this.#header, rest.subarray(0, MAX_HEADER_BYTES)]);
        const size = parseHeader(this.#header);
        if (size === undefined) return;
        rest = rest.subarray(size.headerBytes - before);
        this.#header = Buffer.alloc(0);
        this.#picture = { ...size, pixels: this.pool.take(size.widthPx * size.heightPx * 3) };
        this.#filled = 0;
      }
      const picture = this.#picture;
      const part = rest.subarray(0, picture.pixels.length - this.#filled);
      picture.pixels.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      if (this.#filled < picture.pixels.length) continue;
      this.#picture = undefined;
      yield picture;
    }
  }
}

/** Whole pictures, in order; one that is cut off at the end is left out. Throws `corrupt` when the stream is not PPM. */
export async function* readPictures(stream: AsyncIterable<Buffer>, pool: PixelPool): AsyncGenerator<Picture> {
  const parser = new PictureParser(pool);
  for await (const chunk of stream) yield* parser.push(chunk);
}

const HEADER = /^P6\n(\d+) (\d+)\n255\n/;

/** undefined while the header is incomplete. */
function parseHeader(header: Buffer): { widthPx: number; heightPx: number; headerBytes: number } | undefined {
  const match = HEADER.exec(header.toString('latin1'));
  const widthPx = Number(match?.[1] ?? 0);
  const heightPx = Number(match?.[2] ?? 0);
  const bytes = widthPx * heightPx * 3;
  if (match !== null && bytes > 0 && bytes <= MAX_PICTURE_BYTES)
    return { widthPx, heightPx, headerBytes: match[0].length };
  if (match === null && header.length < MAX_HEADER_BYTES) return undefined;
  throw new RecoverableError('corrupt', 'ffmpeg sent something that is not a picture');
}
