/** What each command does on this node: the hands of the command desk. */
import { uuidv7 } from 'uuidv7';
import type { ConfigFile } from './config/config-file';
import type { Config } from './config/schema';
import { tryConfiguration } from './config-change';
import type { EvidenceItem } from './evidence/evidence';
import type { Loudspeaker } from './loudspeaker';
import { type Asked, CommandDesk, Refusal } from './mqtt/command-desk';
import type { Answer, CommandData, CommandName, CommandParams } from './mqtt/commands';
import { replayEvents } from './mqtt/replaying';
import type { NodeInfo } from './mqtt/states';
import { formatTime } from './mqtt/time';
import type { Logger } from './runtime/logger';
import { redactUrlCredentials } from './runtime/redact';
import type { Sinks } from './sinks';
import type { Switches } from './switches';

export interface CommandParts extends Sinks {
  readonly config: Config;
  readonly configFile: ConfigFile;
  readonly info: () => NodeInfo;
  readonly switches: Switches;
  readonly speakers: ReadonlyMap<string, Loudspeaker>;
  /** The words of a test prompt. */
  readonly testText: (lang: 'zh-CN' | 'wuu') => string;
  readonly snapshot: (camera: string) => Promise<readonly EvidenceItem[]>;
  readonly stats: (camera: string | undefined) => object;
  /** Starts the service anew with the file as it is now. */
  readonly restart: () => void;
  readonly log: Logger;
}

/** Listens for requests and switches. Without a broker nobody can ask. */
export function startCommands(parts: CommandParts): void {
  const { client, topics, config, switches, ledger, log } = parts;
  if (client === null) return;
  const send = (command: string, answer: Answer): void =>
    void client
      .publish(topics.response(command), JSON.stringify(answer))
      .catch((err: unknown) => log.warn({ err, command }, 'an answer could not be sent'));
  const desk = new CommandDesk({
    allowed: config.mqtt?.commands ?? [],
    carryOut: (name, params, asked) => new Hands(parts).carryOut(name, params, asked),
    send,
    audit: (entry) => audit(parts, { ...entry, answer: JSON.stringify(entry.answer) }),
    earlier: (command, transaction) => {
      const row = ledger.earlier(command, transaction);
      return row === undefined ? undefined : JSON.parse(row.answer);
    },
    now: Date.now,
  });
  const requests = topics.request('');
  const sets = new Map(
    config.cameras.flatMap(({ id }) =>
      (['detect', 'prompt'] as const).map((what) => [topics.camera(id).switchSet(what), { id, what }] as const),
    ),
  );
  client.listen([`${requests}+`, ...sets.keys()], (message) => {
    const set = sets.get(message.topic);
    if (set === undefined) {
      desk.take(message.topic.slice(requests.length), message);
      return;
    }
    // A switch of home automation: the same command, without an answer but the state.
    const word = new TextDecoder().decode(message.payload.subarray(0, 8));
    const command = set.what === 'detect' ? 'camera.detect' : 'prompt.mute';
    if (message.isRetained || (word !== 'ON' && word !== 'OFF') || !config.mqtt?.commands.includes(command)) return;
    const isOn = word === 'ON';
    if (isOn === switches.isOn(set.id, set.what, Date.now())) return;
    switches.set(set.id, set.what, isOn ? null : { untilMs: null });
    audit(parts, { ...nobody(command), params: `${set.id} ${word}`, answer: '{"status":"ok"}' });
  });
}

type Row = Parameters<Sinks['ledger']['record']>[0];

function nobody(command: string): Omit<Row, 'params' | 'answer'> {
  return { atMs: Date.now(), command, transaction: null, by: null };
}

/** A disk that takes no row leaves one in the log. */
function audit({ ledger, log }: Pick<CommandParts, 'ledger' | 'log'>, row: Row): void {
  const { command, transaction, by } = row;
  log.info({ command, transaction, by, answer: row.answer.slice(0, 300) }, 'command');
  try {
    ledger.record(row);
  } catch (err) {
    log.error({ err, ...row }, 'the audit could not be written');
  }
}

export class Hands {
  constructor(private readonly parts: CommandParts) {}

  async carryOut(name: CommandName, params: unknown, asked: Asked): Promise<object | null> {
    const hands: { readonly [N in CommandName]: (params: CommandParams<N>) => Promise<object | null> | object | null } =
      {
        ping: () => ({ at: this.time(Date.now()) }),
        info: () => this.parts.info(),
        'config.get': () => this.configGet(),
        'config.set': (wanted) => this.configSet(wanted, asked),
        'camera.detect': (wanted) => this.cameraDetect(wanted),
        'prompt.mute': (wanted) => this.promptMute(wanted),
        'prompt.test': (wanted) => this.promptTest(wanted),
        'event.replay': (wanted) => this.eventReplay(wanted),
        'stats.get': ({ camera }) => this.parts.stats(camera === undefined ? undefined : this.camera(camera)),
        snapshot: (wanted) => this.snapshot(wanted),
      };
    return call(hands[name], params);
  }

  private configGet(): CommandData<'config.get'> {
    return { revision: this.parts.configFile.revision, config: withoutSecrets(this.parts.config) };
  }

  /** The answer comes when the new configuration has reached the broker, or from the old one when it has not. */
  private configSet({ changes, revision, confirmWithinS }: CommandParams<'config.set'>, asked: Asked): null {
    const { configFile } = this.parts;
    const how = { revision, confirmWithinMs: confirmWithinS * 1000, confirmedBy: 'broker' } as const;
    tryConfiguration(() => configFile.propose(changes, process.env), { ...this.parts, asked, how });
    return null;
  }

  private cameraDetect({ camera, enabled }: CommandParams<'camera.detect'>): CommandData<'camera.detect'> {
    this.parts.switches.set(this.camera(camera), 'detect', enabled ? null : { untilMs: null });
    return { camera, enabled };
  }

  private promptMute({ camera, muted, minutes }: CommandParams<'prompt.mute'>): CommandData<'prompt.mute'> {
    const untilMs = minutes === undefined ? null : Date.now() + minutes * 60_000;
    this.parts.switches.set(this.camera(camera), 'prompt', muted ? { untilMs } : null);
    return { camera, muted, ...(muted && untilMs !== null ? { until: this.time(untilMs) } : {}) };
  }

  /** With the manners of the site: quiet hours and the hourly cap hold for a test as well. */
  promptTest({ speaker, lang }: CommandParams<'prompt.test'>): Promise<CommandData<'prompt.test'>> {
    const loudspeaker = this.parts.speakers.get(speaker);
    if (loudspeaker === undefined) throw new Refusal('not_found', `speaker ${speaker}`);
    const text = this.parts.testText(lang);
    const promptId = uuidv7();
    return new Promise((resolve) => {
      const onReport: Parameters<Loudspeaker['speak']>[0]['onReport'] = ({ playback, reason }) =>
        resolve({ text, playback, ...(reason === null ? {} : { reason }) });
      const request = { promptId, incidentId: promptId, requestedAtMs: Date.now(), lang, text, violators: 0, onReport };
      loudspeaker.speak({ ...request, phraseId: 'base', words: {}, described: null }, Date.now());
    });
  }

  private async eventReplay(range: CommandParams<'event.replay'>): Promise<CommandData<'event.replay'>> {
    const { outbox, client } = this.parts;
    if (client === null) throw new Refusal('refused', 'no broker');
    return replayEvents(range, { outbox, publish: (topic, payload) => client.publish(topic, payload) });
  }

  private async snapshot({ camera }: CommandParams<'snapshot'>): Promise<CommandData<'snapshot'>> {
    const takenAt = this.time(Date.now());
    const [picture] = await this.parts.snapshot(this.camera(camera));
    if (picture === undefined) throw new Refusal('failed', 'no picture was written');
    const { url, sha256, expiresAtMs } = picture;
    return { camera, takenAt, url, sha256, expiresAt: this.time(expiresAtMs) };
  }

  private camera(id: string): string {
    if (!this.parts.config.cameras.some((camera) => camera.id === id)) throw new Refusal('not_found', `camera ${id}`);
    return id;
  }

  private time(atMs: number): string {
    return formatTime(atMs, this.parts.config.node.timeZone);
  }
}

/** The desk has read the parameters with the command's own schema before. */
function call(hand: (params: never) => Promise<object | null> | object | null, params: unknown) {
  return Reflect.apply(hand, undefined, [params]);
}

/** Passwords leave the box in no form. */
export function withoutSecrets(config: Config): Record<string, unknown> {
  const shown = (key: string, value: unknown): unknown => {
    if (/pass(word)?|secret|token/i.test(key)) return undefined;
    return typeof value === 'string' ? redactUrlCredentials(value) : value;
  };
  return JSON.parse(JSON.stringify(config, shown));
}
