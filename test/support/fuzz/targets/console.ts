/** The console's server on a real socket: every route, asked by a technician who is logged in and by nobody, in whatever HTTP. */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { freePort } from '../../../../scripts/lib/ports';
import { ConfigFile } from '../../../../src/config/config-file';
import { parseConfig } from '../../../../src/config/load';
import { Accounts } from '../../../../src/console/accounts';
import { runConsole } from '../../../../src/console/console';
import { ROUTES } from '../../../../src/console/contract';
import type { ServicePorts } from '../../../../src/console/ports';
import { ConsoleRefusal } from '../../../../src/console/refusal';
import type { RouteSpec } from '../../../../src/console/route';
import { Sessions } from '../../../../src/console/sessions';
import { consoleFolder } from '../../../../src/console/set-up-code';
import { configurationPorts } from '../../../../src/console-config';
import { incidentPorts } from '../../../../src/console-incidents';
import { parseSince } from '../../../../src/figures';
import { openDatabase } from '../../../../src/outbox/database';
import { IncidentBook } from '../../../../src/outbox/incident-book';
import { Ledger } from '../../../../src/outbox/ledger';
import { Outbox } from '../../../../src/outbox/outbox';
import { createLogger } from '../../../../src/runtime/logger';
import type { Fuzz } from '../fuzz';
import { SITE_YAML } from '../samples';
import { spoiltBytes, spoiltJson } from '../spoiling';

const INCIDENT = '0193f2a0-1c40-7aaa-8b1c-2f4e6a8b0c1d';
const NOW_MS = Date.UTC(2026, 10, 30);
/** Bodies that are good, by route; a route without one gets a little of everything. */
const BODIES: Readonly<Record<string, unknown>> = {
  checkConfig: { text: SITE_YAML },
  saveConfig: { text: SITE_YAML, revision: '0'.repeat(64) },
  markIncident: { reason: 'other', note: '' },
  login: { username: 'li', password: '' },
  setUp: { code: 'x', username: 'li', password: 'long enough 1', site: null },
  addAccount: { username: '', password: 'long enough 1', role: 'viewer' },
  changePassword: { current: '', next: 'long enough 1' },
};
const EVERYTHING = {
  id: 'east',
  url: 'rtsp://192.0.2.1/',
  username: 'u',
  password: 'p',
  revision: 'x',
  cameras: [],
  speakers: [],
};
/** Hash functions that are slow on purpose would be all that is measured. */
const SLOW = new Set(['login', 'setUp', 'changePassword', 'addAccount']);

export async function console_(fuzz: Fuzz): Promise<void> {
  await using server = await Server.open(fuzz.folder);
  const routes = Object.entries<RouteSpec>(ROUTES);
  const of = fc.constantFrom(...routes).chain(([name, route]) => {
    const word = fc.constantFrom(
      'east',
      'nobody',
      INCIDENT,
      'a%00b',
      '..%2f..',
      '%',
      '\u0001',
      '__proto__',
      '99999d',
      '',
    );
    const query = fc.constantFrom(
      '',
      '?since=7d&limit=5',
      '?since=2026-13-45',
      '?before=x&camera=',
      '?limit=1e9',
      '?a[b]=c&since=7d&since=1d',
      '?%',
    );
    const good = BODIES[name] ?? EVERYTHING;
    const body = SLOW.has(name) ? fc.constant(good) : spoiltJson([good]);
    return fc.tuple(word, query, body, fc.boolean()).chain(([value, asked, sent, isKnown]) => {
      const text = JSON.stringify(sent) ?? '';
      const head = [
        `${route.method} ${route.path.replace(/:\w+/g, value)}${asked} HTTP/1.1`,
        ...[
          'host: x',
          'connection: close',
          'content-type: application/json',
          `content-length: ${Buffer.byteLength(text)}`,
        ],
        // Whoever logs out is nobody afterwards.
        ...(isKnown && name !== 'logout'
          ? [`cookie: anqi_session=${server.token}`, `x-csrf-token: ${server.csrf}`]
          : []),
      ].join('\r\n');
      const request = `${head}\r\n\r\n${text}`;
      const words = [
        'transfer-encoding: chunked\r\n',
        'expect: 100-continue\r\n',
        'upgrade: websocket\r\n',
        'cookie: ;;=\r\n',
        '{',
        '[[',
      ];
      return fc.oneof(
        { weight: 2, arbitrary: fc.constant(Buffer.from(request)) },
        { weight: 1, arbitrary: spoiltBytes({ samples: [request], words }) },
      );
    });
  });
  await fuzz.feed({ what: 'HTTP requests to the console', inputs: 5_000, of }, async (bytes) => {
    const statuses = await server.ask(bytes);
    const odd = statuses.find((status) => status >= 500 && status !== 503 && status !== 505);
    if (odd !== undefined || server.faults.length > 0) throw new Error(`status ${odd} ${server.faults.join('')}`);
    return statuses.some((status) => status < 300) ? 'taken' : 'refused';
  });
}

class Server implements AsyncDisposable {
  readonly faults: string[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #close: () => void = () => undefined;

  private constructor(
    readonly port: number,
    readonly token: string,
    readonly csrf: string,
  ) {}

  static async open(folder: string): Promise<Server> {
    await new Accounts(consoleFolder(folder)).add({ username: 'li', role: 'technician' }, 'correct horse 7');
    const { token, session } = new Sessions(consoleFolder(folder)).begin('li');
    const port = await freePort();
    const server = new Server(port, token, session.csrf);
    await server.#run(folder);
    return server;
  }

  async #run(folder: string): Promise<void> {
    const log = createLogger({ level: 'error', destination: { write: (line) => void this.faults.push(line) } });
    const { service, close } = servicePorts(folder);
    this.#close = close;
    const site = () => ({ nodeId: 'junction', name: '', timeZone: 'Asia/Shanghai' });
    const ports = {
      version: '0',
      site,
      audit: () => undefined,
      firstConfiguration: null,
      onSetUp: () => undefined,
      service,
    };
    const options = {
      host: '127.0.0.1',
      port: this.port,
      networks: ['127.0.0.0/8'],
      dataFolder: folder,
      pageFolder: folder,
    };
    this.#running = runConsole(options, { ports, log }, this.#stop.signal);
    this.#running.catch(() => undefined);
    const request = Buffer.from('GET /api/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    for (let tries = 0; tries < 200; tries++) {
      if ((await this.ask(request)).includes(200)) return;
      await sleep(50);
    }
    throw new Error('the console does not open');
  }

  /** The statuses of all answers, until the server hangs up. */
  async ask(bytes: Buffer): Promise<readonly number[]> {
    const socket = connect({ port: this.port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.end(bytes);
    const answer = await buffer(socket).catch(() => Buffer.alloc(0));
    return [...answer.toString('latin1').matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#close();
  }
}

/** Configuration and incidents as they are in the service; what needs cameras or loudspeakers says that it is busy. */
function servicePorts(folder: string): { readonly service: ServicePorts; readonly close: () => void } {
  const read = parseConfig(SITE_YAML, {});
  if (!read.ok) throw new Error('the sample is wrong');
  const config = { ...read.config, dataFolder: folder };
  const configFile = new ConfigFile(join(folder, 'site.yaml'));
  writeFileSync(configFile.path, SITE_YAML);
  const { database } = openDatabase({ path: join(folder, 'outbox.db'), nowMs: NOW_MS });
  const box = new Outbox(database);
  const ended = {
    incidentId: INCIDENT,
    cameraId: 'east',
    atMs: NOW_MS,
    seat: 'driver',
    result: 'corrected',
    heard: [],
    reactionMs: 5,
  } as const;
  box.append({ topic: 't', build: () => '{}', entry: { kind: 'ended', ended } }, NOW_MS);
  const busy = (): never => {
    throw new ConsoleRefusal('busy', 'not here');
  };
  const away = { list: busy, view: busy, picture: busy, test: busy, discover: busy, streams: busy, read: busy };
  const log = createLogger({ level: 'silent' });
  const parts = { config, configFile, ledger: new Ledger(database), incidents: new IncidentBook(database), log };
  const sinceOf = (since: string, timeZone: string): number => {
    try {
      return parseSince(since, { nowMs: NOW_MS, timeZone });
    } catch {
      throw new ConsoleRefusal('bad_request', 'since');
    }
  };
  // Nothing is put in force: the next request meets the same service.
  const restart = () => (configFile.trial() === undefined ? undefined : configFile.rollBack());
  const service: ServicePorts = {
    ...{ cameras: away, speakers: away, figures: busy, health: busy, latestAudit: () => [], diagnosis: () => ({}) },
    configuration: configurationPorts(Object.assign(Object.create(null), parts, { restart })),
    incidents: incidentPorts(Object.assign(Object.create(null), parts), sinceOf),
    live: { source: busy, onView: busy },
    recordings: {
      ...{ list: busy, check: busy, keep: busy, remove: busy, wordsSound: busy, phraseSound: busy },
      ...{ consent: busy, withdraw: busy, exported: busy, imported: busy },
    },
  };
  return { service, close: () => box.close() };
}
