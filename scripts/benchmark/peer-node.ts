/**
 * Peer 2: the rider detector in plain Node as one would write it first, without our design: ffmpeg's raw pictures are put
 * together by copying, sharp makes each small, onnxruntime runs with its own settings on the main thread.
 * Arguments: RTSP address, detector, its width and height, pictures a second, score and overlap. Prints one JSON line a picture.
 */
import { spawn } from 'node:child_process';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

const PICTURE = { width: 1920, height: 1080, channels: 3 } as const;
const GREY = 114;

interface Box {
  readonly label: number;
  readonly score: number;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

async function main(args: readonly string[]): Promise<void> {
  const [url = '', detector = ''] = args;
  const [width = 0, height = 0, fps = 0, score = 0, overlap = 0] = args.slice(2).map(Number);
  const session = await InferenceSession.create(detector);
  const output = ['-vf', `fps=${fps}`, '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'];
  const child = spawn('ffmpeg', ['-nostdin', '-v', 'error', '-rtsp_transport', 'tcp', '-i', url, ...output]);
  child.stderr.pipe(process.stderr);
  process.once('exit', () => child.kill('SIGKILL'));
  process.once('SIGTERM', () => process.exit());
  const pictureBytes = PICTURE.width * PICTURE.height * PICTURE.channels;
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of child.stdout) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes < pictureBytes) continue;
    const received = Buffer.concat(chunks);
    const picture = Buffer.from(received.subarray(0, pictureBytes));
    chunks = [received.subarray(pictureBytes)];
    bytes -= pictureBytes;
    const scale = Math.min(width / PICTURE.width, height / PICTURE.height);
    const small = { width: Math.round(PICTURE.width * scale), height: Math.round(PICTURE.height * scale) };
    const pixels = await sharp(picture, { raw: PICTURE })
      .resize(small)
      .extend({ right: width - small.width, bottom: height - small.height, background: { r: GREY, g: GREY, b: GREY } })
      .raw()
      .toBuffer();
    const frame = new Tensor('uint8', new Uint8Array(pixels), [1, height, width, PICTURE.channels]);
    const { candidates } = await session.run({ frame });
    const found = suppressed(boxesIn(candidates?.data as Float32Array, score), overlap);
    process.stdout.write(`${JSON.stringify({ found: found.length })}\n`);
  }
  throw new Error(`${url}: no more pictures`);
}

function boxesIn(candidates: Float32Array, minScore: number): Box[] {
  const boxes: Box[] = [];
  for (let row = 0; row < candidates.length; row += 7) {
    const [x = 0, y = 0, w = 0, h = 0, ...scores] = candidates.subarray(row, row + 7);
    const score = Math.max(...scores);
    if (score >= minScore) boxes.push({ label: scores.indexOf(score), score, x: x - w / 2, y: y - h / 2, w, h });
  }
  return boxes.sort((a, b) => b.score - a.score);
}

function suppressed(boxes: readonly Box[], maxOverlap: number): Box[] {
  const kept: Box[] = [];
  for (const box of boxes)
    if (!kept.some((other) => other.label === box.label && overlapOf(other, box) > maxOverlap)) kept.push(box);
  return kept;
}

function overlapOf(a: Box, b: Box): number {
  const w = Math.max(0, Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x));
  const h = Math.max(0, Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y));
  return (w * h) / (a.w * a.h + b.w * b.h - w * h);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
