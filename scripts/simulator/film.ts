/** A scenario as a film: frames from the renderer through ffmpeg into an MP4, the ground truth beside it. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Renderer } from './browser';
import { openEncoder } from './encoder';
import { Frames, frameCount } from './frames';
import type { Scenario } from './scenario';
import { type TruthFrame, truthOf } from './truth';

export interface FilmOptions {
  readonly scenario: Scenario;
  /** The scenario's file, named in the truth. */
  readonly source: string;
  readonly outFolder: string;
  readonly onFrame: (done: number, total: number) => void;
}

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
    const films = new Frames(renderer);
    const total = frameCount(scenario);
    const frames: TruthFrame[] = [];
    for (let frame = 0; frame < total; frame += 1) {
      const made = await films.frame(scenario, frame);
      await encoder.write(made.jpeg);
      frames.push(made.truth);
      onFrame(frame + 1, total);
    }
    await encoder.finish();
    await rename(unfinished, video);
    const written = truthOf(scenario, { source: basename(source), video: basename(video), frames });
    await writeFile(truth, `${JSON.stringify(written)}\n`);
    return [video, truth];
  } catch (thrown) {
    encoder.kill();
    await rm(unfinished, { force: true });
    throw thrown;
  }
}
