/**
 * The configuration file as something a platform may change. A new one is on trial until it is confirmed: the old one stays
 * beside it, and whoever finds a trial that was never confirmed (a crash, a power cut) brings the old one back.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type Document, isCollection, isSeq } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../errors';
import { writeDurably as write } from '../runtime/write-durably';
import { formatProblem, parseConfig } from './load';
import type { Config } from './schema';
import { readYaml } from './yaml';

const trialSchema = z.object({
  transaction: z.string(),
  by: z.string().nullable(),
  spelling: z.string().optional().describe('the command as the topic of the request spells it'),
  revision: z.string(),
  confirmWithinMs: z.number(),
  confirmedBy: z
    .enum(['broker', 'start'])
    .default('broker')
    .describe('what shows that it is good: the broker is reached, or the service is up'),
});
/** Who asked for the configuration that is being tried. */
export type Trial = z.infer<typeof trialSchema>;

export type Proposal =
  | { readonly ok: true; readonly text: string; readonly revision: string; readonly config: Config }
  | { readonly ok: false; readonly problems: string };

export class ConfigFile {
  constructor(readonly path: string) {}

  get revision(): string {
    return revisionOf(readFileSync(this.path, 'utf8'));
  }

  /** The file with the changes in it (RFC 7396), its comments kept, if the whole is a good configuration. Writes nothing. */
  propose(changes: Readonly<Record<string, unknown>>, environment: NodeJS.ProcessEnv): Proposal {
    const edits = leaves(changes).map(({ path, value }) => ({ path, value: value === null ? undefined : value }));
    return this.proposeEdits(edits, environment);
  }

  /** The same for single places, list entries among them: undefined removes. */
  proposeEdits(edits: readonly Edit[], environment: NodeJS.ProcessEnv): Proposal {
    const text = readFileSync(this.path, 'utf8');
    let edited: string;
    try {
      const document = readYaml(text);
      for (const edit of edits) change(document, edit);
      edited = String(document);
    } catch (error) {
      // A file that somebody broke by hand, or a place that it cannot have.
      return { ok: false, problems: `config: these changes do not fit the file: ${messageOf(error)}` };
    }
    return this.proposeText(edited, environment);
  }

  proposeText(text: string, environment: NodeJS.ProcessEnv): Proposal {
    const result = parseConfig(text, environment);
    if (!result.ok)
      return { ok: false, problems: result.problems.map((one) => formatProblem(one, 'config')).join('\n') };
    return { ok: true, text, revision: revisionOf(text), config: result.config };
  }

  get text(): string {
    return readFileSync(this.path, 'utf8');
  }

  /** What the file said before the last change; undefined where it was never changed from here. */
  get previousText(): string | undefined {
    return existsSync(this.#previous) ? readFileSync(this.#previous, 'utf8') : undefined;
  }

  /** Puts `text` in force on trial, in one step: a reader finds the old file or the new one. Throws what the file system throws. */
  begin(text: string, trial: Trial): void {
    const mode = statSync(this.path).mode & 0o777;
    write(this.#previous, readFileSync(this.path, 'utf8'), mode);
    write(this.#trial, JSON.stringify(trial), 0o600);
    write(this.path, text, mode);
  }

  /** The trial that is under way. */
  trial(): Trial | undefined {
    if (!existsSync(this.#trial)) return undefined;
    try {
      return trialSchema.parse(JSON.parse(readFileSync(this.#trial, 'utf8')));
    } catch {
      return undefined;
    }
  }

  confirm(): void {
    rmSync(this.#trial, { force: true });
  }

  rollBack(): void {
    write(this.path, readFileSync(this.#previous, 'utf8'), statSync(this.path).mode & 0o777);
    rmSync(this.#trial, { force: true });
  }

  get #previous(): string {
    return `${this.path}.previous`;
  }

  get #trial(): string {
    return `${this.path}.trial`;
  }
}

function revisionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export interface Edit {
  /** Keys, and numbers of list entries. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

function change(document: Document, { path, value }: Edit): void {
  if (value === undefined) {
    if (document.hasIn(path)) document.deleteIn(path);
    return;
  }
  // Whatever cannot hold the next step (a scalar where `a.b` is set, a list where a key is) is replaced as a whole.
  for (let length = 1; length < path.length; length++) {
    const holder = document.getIn(path.slice(0, length));
    const isHolder = isSeq(holder) ? isPlaceIn(holder.items, path[length]) : isCollection(holder);
    if (holder !== undefined && !isHolder) document.setIn(path.slice(0, length), document.createNode({}));
  }
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1)) : undefined;
  // What the console begins with an empty list becomes one entry a block, its zones one line each.
  if (isSeq(parent) && parent.items.length === 0) parent.flow = false;
  document.setIn(path, document.createNode(value, { flow: Array.isArray(value) }));
}

/** An entry that is there, or the one after the last. */
function isPlaceIn(items: readonly unknown[], step: string | number | undefined): boolean {
  return /^\d{1,4}$/.test(String(step)) && Number(step) <= items.length;
}

/** Groups are gone into, everything else replaces what was there. */
function leaves(changes: object, above: readonly string[] = []): Edit[] {
  return Object.entries(changes).flatMap(([key, value]) => {
    const path = [...above, key];
    const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isGroup && Object.keys(value).length > 0 ? leaves(value, path) : [{ path, value }];
  });
}
