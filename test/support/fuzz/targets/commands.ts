/** What comes in over MQTT: requests at the real desk, carried out by the real hands on a real file and database. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type CommandParts, Hands } from '../../../../src/commands';
import { ConfigFile } from '../../../../src/config/config-file';
import { parseConfig } from '../../../../src/config/load';
import { CommandDesk, Refusal } from '../../../../src/mqtt/command-desk';
import {
  type Answer,
  COMMAND_NAMES,
  type CommandName,
  isCommand,
  refusalSchema,
  responseSchema,
} from '../../../../src/mqtt/commands';
import { openDatabase } from '../../../../src/outbox/database';
import { Ledger } from '../../../../src/outbox/ledger';
import { Outbox } from '../../../../src/outbox/outbox';
import { SpillingOutbox } from '../../../../src/outbox/spilling';
import { Switches } from '../../../../src/switches';
import type { Fuzz } from '../fuzz';
import { SITE_YAML } from '../samples';
import { endless, spoiltBytes, spoiltJson } from '../spoiling';

const COMMANDS_ASKED: readonly (readonly [command: CommandName, params: object])[] = [
  ['ping', {}],
  ['config.get', {}],
  ['config.set', { changes: { prompts: { minGapMs: 5 }, node: { name: 'x' } }, confirmWithinS: 5 }],
  ['camera.detect', { camera: 'east', enabled: false }],
  ['prompt.mute', { camera: 'east', muted: true, minutes: 5 }],
  ['prompt.test', { speaker: 'horn', lang: 'wuu' }],
  ['event.replay', { fromSequence: 1, toSequence: 5 }],
  ['stats.get', { camera: 'east' }],
  ['snapshot', { camera: 'east' }],
];

export async function commands(fuzz: Fuzz): Promise<void> {
  const desk = new Desk(fuzz.folder);
  const asked = fc.constantFrom(...COMMANDS_ASKED).chain(([command, params]) => {
    const request = { transaction: 't', by: 'li', params };
    const json = fc.tuple(spoiltJson([request]), fc.nat()).map(numbered);
    const bytes = spoiltBytes({ samples: [JSON.stringify(request)], words: ['"params":', '{"a":', '[['] });
    return fc.tuple(fc.constant(command), fc.oneof(json, bytes));
  });
  const anything = fc.tuple(fc.string(), spoiltBytes({ samples: ['{"transaction":"t"}'] }));
  const deep = endless(['{"a":', '[']).map((open) => {
    const close = open.startsWith('[') ? ']' : '}';
    const depth = Math.min(9_000, Math.floor(open.length / (close === ']' ? 1 : 5)));
    const inside = open.startsWith('[')
      ? `${'['.repeat(depth)}${close.repeat(depth)}`
      : `${'{"a":'.repeat(depth)}1${close.repeat(depth)}`;
    return Buffer.from(`{"transaction":"d${depth}","params":{"changes":{"a":${inside}}}}`);
  });
  const odd = fc.tuple(fc.constant('config.set'), deep);
  const of = fc.tuple(
    fc.oneof({ weight: 100, arbitrary: asked }, { weight: 10, arbitrary: anything }, { weight: 1, arbitrary: odd }),
    fc.nat(9).map((chance) => chance === 0),
  );
  await fuzz.feed({ what: 'MQTT requests', inputs: 22_000, of }, ([[name, payload], isRetained]) =>
    desk.ask(name, { payload, isRetained }),
  );
  desk.close();
}

/** Another transaction each time, where there is one: a repeated one is only answered. */
function numbered([value, number]: readonly [value: unknown, number: number]): Buffer {
  const hasOne = typeof value === 'object' && value !== null && 'transaction' in value;
  const own = hasOne && value.transaction === 't' ? { ...value, transaction: `t-${number}` } : value;
  return Buffer.from(JSON.stringify(own));
}

class Desk {
  #answers: { readonly command: string; readonly answer: Answer }[] = [];
  #nowMs = 0;
  readonly #desk: CommandDesk;
  readonly #file: ConfigFile;
  readonly #outbox: SpillingOutbox;

  constructor(folder: string) {
    this.#file = new ConfigFile(join(folder, 'site.yaml'));
    writeFileSync(this.#file.path, SITE_YAML);
    const read = parseConfig(SITE_YAML, {});
    if (!read.ok) throw new Error('the sample is wrong');
    const { database } = openDatabase({ path: join(folder, 'outbox.db'), nowMs: 0 });
    database.pragma('synchronous = OFF');
    const ledger = new Ledger(database);
    this.#outbox = new SpillingOutbox(new Outbox(database), { isOnDisk: true });
    const switches = new Switches(ledger, ['east'], () => undefined);
    // What needs a broker, a camera or a loudspeaker is refused: these are the parts that are read.
    const away = (): never => {
      throw new Refusal('refused', 'away');
    };
    const known = { config: read.config, configFile: this.#file, ledger, outbox: this.#outbox, switches, client: null };
    const hands = new Hands(
      Object.assign(Object.create(null), known, {
        ...{
          info: away,
          stats: () => ({}),
          testText: () => '',
          snapshot: away,
          restart: () => undefined,
          speakers: new Map(),
        },
      }) satisfies CommandParts,
    );
    this.#desk = new CommandDesk({
      allowed: COMMAND_NAMES.filter((name) => name !== 'info'),
      carryOut: (name, params, asked) => hands.carryOut(name, params, asked),
      send: (command, answer) => void this.#answers.push({ command, answer }),
      audit: (entry) => ledger.record({ ...entry, answer: JSON.stringify(entry.answer) }),
      earlier: (command, transaction) => {
        const row = ledger.earlier(command, transaction);
        return row === undefined ? undefined : JSON.parse(row.answer);
      },
      now: () => this.#nowMs,
    });
  }

  /** One request, ten seconds after the one before. One answer in the published form, or a configuration that is on trial. */
  async ask(command: string, message: { readonly payload: Buffer; readonly isRetained: boolean }) {
    this.#nowMs += 10_000;
    this.#answers = [];
    this.#desk.take(command, message);
    await this.#desk.settled();
    const isTrying = this.#file.trial() !== undefined;
    if (isTrying) this.#file.rollBack();
    const [first, ...more] = this.#answers;
    if (more.length > 0 || (first === undefined) === !isTrying) throw new Error(`${this.#answers.length} answers`);
    if (first === undefined) return 'taken' as const;
    const schema = isCommand(first.command) ? responseSchema(first.command) : refusalSchema;
    schema.parse(first.answer);
    if (first.answer.error?.code === 'failed') throw new Error(first.answer.error.detail);
    return first.answer.status === 'ok' ? ('taken' as const) : ('refused' as const);
  }

  close(): void {
    this.#outbox.close();
  }
}
