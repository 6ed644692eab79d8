/** The configuration of a box that nobody has set up: none, an empty one, or one that says only where things are. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Document, isMap } from 'yaml';
import { z } from 'zod';
import { writeDurably } from '../runtime/write-durably';
import { formatProblem, parseConfig } from './load';
import { configSchema } from './schema';
import { readYaml } from './yaml';

const seedSchema = configSchema.pick({ dataFolder: true, log: true, console: true }).extend({
  version: z.literal(1).optional(),
});
export type Seed = z.infer<typeof seedSchema>;

export interface FirstSite {
  readonly nodeId: string;
  readonly name: string;
  readonly timeZone: string;
  readonly lat?: number | undefined;
  readonly lon?: number | undefined;
  readonly broker?:
    | { readonly url: string; readonly username: string | null; readonly password: string | null }
    | undefined;
}

const HEADER = ` Anqi: written by the console's set-up; every key is explained in config/anqi.example.yaml 由控制台首次设置生成`;

/** Undefined where the box is set up, or the file is meant to be a whole configuration, or its folder is missing: then mistakes are told. */
export function readSeed(path: string): Seed | undefined {
  if (!existsSync(dirname(path))) return undefined;
  const document = readYaml(existsSync(path) ? readFileSync(path, 'utf8') : '');
  if (document.errors.length > 0) return undefined;
  try {
    return seedSchema.safeParse(document.toJS() ?? {}).data;
  } catch {
    // An alias that leads nowhere.
    return undefined;
  }
}

/** Writes the first whole configuration over the seed. @returns what is wrong with it; undefined = written */
export function writeFirst(path: string, site: FirstSite, environment: NodeJS.ProcessEnv): string | undefined {
  const seed = readYaml(existsSync(path) ? readFileSync(path, 'utf8') : '');
  const document = isMap(seed.contents) ? seed : new Document({});
  // A seed written as JSON becomes YAML that people can go on with.
  if (isMap(document.contents)) document.contents.flow = false;
  const { nodeId, name, timeZone, lat, lon, broker } = site;
  const place = { ...(lat === undefined ? {} : { lat }), ...(lon === undefined ? {} : { lon }) };
  document.set('version', 1);
  document.set('node', { id: nodeId, name, ...place, timeZone });
  document.set('cameras', []);
  document.set('speakers', [{ id: 'horn', kind: 'local' }]);
  if (broker !== undefined) document.set('mqtt', given(broker));
  document.commentBefore ??= HEADER;
  const text = String(document);
  const result = parseConfig(text, environment);
  if (!result.ok) return result.problems.map((problem) => formatProblem(problem, 'config')).join('\n');
  writeDurably(path, text, 0o600);
  return undefined;
}

function given(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
