/** The frames of a film with their truth, one at a time; where a folder for them is given, none is drawn twice. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Renderer } from './browser';
import { COMPRESSION } from './encoder';
import type { ActorLabels, RenderedFrame } from './labels';
import type { Scenario } from './scenario';
import { type Moment, momentAt, type Reactions } from './timeline';
import { type TruthFrame, truthFrame } from './truth';

export interface FilmFrame {
  readonly jpeg: Buffer;
  readonly truth: TruthFrame;
}

export function frameCount({ durationS, fps }: Scenario): number {
  return Math.max(1, Math.round(durationS * fps));
}

export class Frames {
  private loaded: Scenario | null = null;

  constructor(
    private readonly renderer: Renderer,
    private readonly options: { readonly cacheFolder: string | null } = { cacheFolder: null },
  ) {}

  /** `reactions`: who has put a helmet on, and when, because of what was said. */
  async frame(scenario: Scenario, frame: number, reactions?: Reactions): Promise<FilmFrame> {
    const moment = momentAt(scenario, frame / scenario.fps, reactions);
    const { jpeg, actors: labels } = await this.rendered(scenario, moment);
    return { jpeg: Buffer.from(jpeg, 'base64'), truth: truthFrame(scenario, { moment, labels, frame }) };
  }

  private async rendered(scenario: Scenario, moment: Moment): Promise<RenderedFrame> {
    const { cacheFolder } = this.options;
    if (cacheFolder === null) return this.draw(scenario, moment);
    const file = join(cacheFolder, `${keyOf(this.renderer.version, scenario, moment)}.json`);
    const known = await readFile(file, 'utf8').catch(() => null);
    if (known !== null) return parseFrame(known);
    const drawn = await this.draw(scenario, moment);
    await mkdir(cacheFolder, { recursive: true });
    await writeFile(`${file}.new`, JSON.stringify(drawn));
    await rename(`${file}.new`, file);
    return drawn;
  }

  private async draw(scenario: Scenario, moment: Moment): Promise<RenderedFrame> {
    if (this.loaded !== scenario) await this.renderer.load(scenario, scenario.seed);
    this.loaded = scenario;
    return this.renderer.render(moment, COMPRESSION[scenario.compression].jpegQuality);
  }
}

/** All that a picture depends on: how it is drawn, what is in the scene, where everybody is. */
function keyOf(version: string, { actors, ...scene }: Scenario, moment: Moment): string {
  const { durationS: _, ...look } = scene;
  const cast = actors.map(({ path: _path, ...actor }) => actor);
  return createHash('sha256')
    .update(JSON.stringify([version, look, cast, moment]))
    .digest('hex')
    .slice(0, 40);
}

/** Written by this class, whole or not at all. */
function parseFrame(text: string): { readonly jpeg: string; readonly actors: readonly ActorLabels[] } {
  return JSON.parse(text);
}
