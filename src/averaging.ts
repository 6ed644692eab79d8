/**
 * Makes RGB pictures smaller by a whole factor: every cell is the mean of side × side pixels, rounded (pure). In
 * WebAssembly with SIMD, because it is the only work done on every pixel of every picture: a quarter of JavaScript's time.
 */

/** averaging.wat as a module; a test assembles it anew and compares. */
export const MODULE =
  'AGFzbQEAAAABDAFgCH9/f39/f39/AAMCAQAFAwEAAgcUAgZtZW1vcnkCAAdhdmVyYWdlAAAKhgIBgwICBX8FeyAAIQggAiEJIAAgAWohCg' +
  'NA/QwAAAAAAAAAAAAAAAAAAAAAIQ0gDSEOIAghDCAFIQsDQCAM/QAEACEPIA0gD/2JAf2OASENIA4gD/2KAf2OASEOIAwgAWohDCALQQFr' +
  'IgsNAAsgCSAN/QsEACAJIA79CwQQIAlBIGohCSAIQRBqIgggCkkNAAsgBv0QIRAgB/0QIREgAiEIIAMgBEEDbGohCgNAIBAhDSAFIQsDQC' +
  'ANIAj9AAQA/Y4BIQ0gCEEGaiEIIAtBAWsiCw0ACyANIBH9vgFBEP2tASENIA0gDf2GASENIAMgDSAN/Wb9WgIAACADQQNqIgMgCkkNAAsL';

type Average = (
  rows: number,
  rowBytes: number,
  sums: number,
  out: number,
  cells: number,
  side: number,
  half: number,
  reciprocal: number,
) => void;

const WASM_PAGE_BYTES = 65_536;
/** The module reads and writes so much beyond its rows. */
const SLACK_BYTES = 32;
/** What is used of it: Node's types leave it to the browser's. */
declare global {
  namespace WebAssembly {
    class Module {
      constructor(code: Uint8Array);
    }
    class Instance {
      constructor(module: Module);
      readonly exports: unknown;
    }
  }
}

const code = Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0));
const { memory, average } = new WebAssembly.Instance(new WebAssembly.Module(code)).exports as {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): void };
  readonly average: Average;
};

export interface Averaging {
  /** Interleaved RGB, rows without padding; columns and rows beyond whole cells are left out. */
  readonly from: { readonly pixels: Uint8Array; readonly widthPx: number; readonly heightPx: number };
  /** So many pixels across and down become one. */
  readonly side: 2 | 3 | 4;
  /** Cells are written from byte `offset` on, rows `strideBytes` apart. */
  readonly to: { readonly pixels: Uint8Array; readonly offset: number; readonly strideBytes: number };
}

/** @throws RangeError when a row does not fit into `to` */
export function averageCells({ from, side, to }: Averaging): void {
  const rowBytes = from.widthPx * 3;
  const cells = Math.floor(from.widthPx / side);
  const sums = side * rowBytes + SLACK_BYTES;
  const out = sums + 2 * rowBytes + SLACK_BYTES;
  const scratch = room(out + cells * 3 + SLACK_BYTES);
  const half = (side * side) >> 1;
  // Rounded up, it divides every sum there can be exactly.
  const reciprocal = Math.ceil(65_536 / (side * side));
  for (let row = 0; row < Math.floor(from.heightPx / side); row++) {
    scratch.set(from.pixels.subarray(row * side * rowBytes, (row + 1) * side * rowBytes));
    average(0, rowBytes, sums, out, cells, side, half, reciprocal);
    to.pixels.set(scratch.subarray(out, out + cells * 3), to.offset + row * to.strideBytes);
  }
}

let bytes = new Uint8Array(memory.buffer);

/** Growing it detaches what was seen of it before. */
function room(neededBytes: number): Uint8Array {
  if (bytes.length < neededBytes) {
    memory.grow(Math.ceil((neededBytes - bytes.length) / WASM_PAGE_BYTES));
    bytes = new Uint8Array(memory.buffer);
  }
  return bytes;
}
