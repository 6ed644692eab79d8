/** A scenario as a film: frames from the renderer through ffmpeg into an MP4, the ground truth beside it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Renderer } from './browser';
import type { Scenario } from './scenario';
import { momentAt } from './timeline';
import { castOf, type TruthFrame, truthFrame } from './truth';

export interface FilmOptions {
  readonly scenario: Scenario;
  /** The scenario's file, named in the truth. */
  readonly source: string;
  readonly outFolder: string;
  readonly onFrame: (done: number, total: number) => void;
}

const JPEG_QUALITY = 0.94;
const KEYFRAME_EVERY_S = 2;

/** Writes <name>.mp4 and <name>.truth.json; both appear only when they are complete. Returns their paths. */
export async function writeFilm(
  renderer: Renderer,
  { scenario, source, outFolder, onFrame }: FilmOptions,
): Promise<readonly string[]> {
  await mkdir(outFolder, { recursive: true });
  const video = join(outFolder, `${scenario.name}.mp4`);
  const truth = join(outFolder, `${scenario.name}.truth.json`);
  const unfinished = join(outFolder, `${scenario.name}.unfinished.mp4`);
  const encoder = openEncoder(scenario, unfinished);
  try {
    const frames = await renderFrames(renderer, { scenario, write: encoder.write, onFrame });
    await encoder.finish();
    await rename(unfinished, video);
    await writeFile(truth, truthText({ scenario, source, video, frames }));
    return [video, truth];
  } catch (thrown) {
    encoder.kill();
    await rm(unfinished, { force: true });
    throw thrown;
  }
}

interface RenderTask {
  readonly scenario: Scenario;
  readonly write: (jpeg: Buffer) => Promise<void>;
  readonly onFrame: (done: number, total: number) => void;
}

async function renderFrames(renderer: Renderer, { scenario, write, onFrame }: RenderTask): Promise<TruthFrame[]> {
  const total = Math.max(1, Math.round(scenario.durationS * scenario.fps));
  const frames: TruthFrame[] = [];
  await renderer.load(scenario, scenario.seed);
  for (let frame = 0; frame < total; frame += 1) {
    const moment = momentAt(scenario, frame / scenario.fps);
    const { jpeg, actors: labels } = await renderer.render(moment, JPEG_QUALITY);
    await write(Buffer.from(jpeg, 'base64'));
    frames.push(truthFrame(scenario, { moment, labels, frame }));
    onFrame(frame + 1, total);
  }
  return frames;
}

function truthText({
  scenario,
  source,
  video,
  frames,
}: {
  scenario: Scenario;
  source: string;
  video: string;
  frames: readonly TruthFrame[];
}): string {
  const { fps, widthPx: width, heightPx: height, seed } = scenario;
  const facts = { file: basename(video), fps, width, height, frames: frames.length, durationS: frames.length / fps };
  return `${JSON.stringify({ video: facts, scenario: basename(source), seed, actors: castOf(scenario), frames })}\n`;
}

interface Encoder {
  /** Waits while ffmpeg is behind. */
  readonly write: (jpeg: Buffer) => Promise<void>;
  readonly finish: () => Promise<void>;
  readonly kill: () => void;
}

const FROM_JPEGS = '-hide_banner -loglevel error -y -f image2pipe -c:v mjpeg -framerate';
/** One thread: the same bytes every time. No B-frames: live players and RTSP servers need none of their delay. */
const TO_H264 =
  '-an -vf scale=out_range=tv:out_color_matrix=bt709,format=yuv420p -color_range tv -colorspace bt709 ' +
  '-c:v libx264 -preset medium -crf 23 -threads 1 -bf 0 -sc_threshold 0 -movflags +faststart';

function openEncoder({ fps }: Scenario, path: string): Encoder {
  const gop = String(Math.round(fps * KEYFRAME_EVERY_S));
  const input = [...FROM_JPEGS.split(' '), String(fps), '-i', 'pipe:0'];
  const output = [...TO_H264.split(' '), '-g', gop, '-keyint_min', gop, path];
  const child = spawn('ffmpeg', [...input, ...output], { stdio: ['pipe', 'ignore', 'pipe'] });
  const complaints: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error) =>
      reject(new Error(`ffmpeg did not start (${error.message}): sudo apt-get install -y ffmpeg`)),
    );
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`ffmpeg ended with ${code}: ${complaints.join('').trim()}`)),
    );
  });
  // Handled where it is awaited; a failure between two frames must not count as unhandled.
  ended.catch(() => undefined);
  // The write that meets a closed pipe fails through `ended`.
  child.stdin.on('error', () => undefined);
  return {
    write: async (jpeg) => {
      if (!child.stdin.write(jpeg)) await Promise.race([once(child.stdin, 'drain'), ended]);
    },
    finish: () => {
      child.stdin.end();
      return ended;
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
