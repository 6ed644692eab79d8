/** A box with its console, as a technician meets it: the real service, a browser's worth of cookies and headers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../scripts/lib/ports';
import { type ConfigParts, ServiceProcess, Site } from './service';

export const TECHNICIAN = { username: 'li', password: 'correct horse 7' };
export const SITE = { nodeId: 'junction', name: '雉城街道长安路口', timeZone: 'Asia/Shanghai' };

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly bytes: Buffer;
  /** Undefined where the answer is no JSON. */
  readonly json: ReturnType<typeof JSON.parse>;
}

/** One browser: keeps its cookie and token. */
export class Visitor {
  cookie = '';
  csrf = '';

  constructor(readonly base: string) {}

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.cookie === '' ? {} : { cookie: this.cookie }),
        ...(this.csrf === '' ? {} : { 'x-csrf-token': this.csrf }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.split(';')[0] ?? '';
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString('utf8');
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    const json = isJson && text !== '' ? JSON.parse(text) : undefined;
    if (typeof json?.csrf === 'string') this.csrf = json.csrf;
    return { status: response.status, headers: response.headers, text, bytes, json };
  }

  login(username: string, password: string): Promise<Answered> {
    return this.ask('POST', '/api/login', { username, password });
  }
}

export class ConsoleBox implements AsyncDisposable {
  private constructor(
    readonly site: Site,
    readonly service: ServiceProcess,
    readonly base: string,
    readonly configFile: string,
  ) {}

  /** A box out of its carton: a file that says only where things are. */
  static async unpacked(section: ConfigParts = {}): Promise<ConsoleBox> {
    const site = await Site.make();
    const port = await freePort();
    const console_ = { host: '127.0.0.1', port, ...section };
    const file = await site.write({ dataFolder: site.dataFolder, console: console_ });
    return ConsoleBox.#run(site, file, console_);
  }

  /** A box whose configuration is there already; `parts` as in config/anqi.example.yaml. */
  static async configured(
    parts: ConfigParts,
    prepare: (site: Site) => Promise<void> = async () => undefined,
  ): Promise<ConsoleBox> {
    const site = await Site.make();
    await prepare(site);
    const port = await freePort();
    const { console: section = {}, ...rest } = parts;
    const console_ = { host: '127.0.0.1', port, ...Object(section) };
    const file = await site.write(site.config({ ...rest, console: console_ }));
    return ConsoleBox.#run(site, file, console_);
  }

  static async #run(
    site: Site,
    file: string,
    { port, tls }: { readonly port: number; readonly tls?: unknown },
  ): Promise<ConsoleBox> {
    const service = ServiceProcess.run(file);
    const box = new ConsoleBox(site, service, `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, file);
    try {
      await service.until('the console is open', () => service.said.includes('this box has no login yet'));
    } catch (error) {
      await box[Symbol.asyncDispose]();
      throw error;
    }
    return box;
  }

  /** As the log printed it. */
  get code(): string {
    return /"code":"([A-Z0-9-]+)"/.exec(this.service.said)?.[1] ?? '';
  }

  visitor(): Visitor {
    return new Visitor(this.base);
  }

  /** Sets the box up and waits for the service. */
  async setUp(): Promise<Visitor> {
    const visitor = this.visitor();
    const { json } = await visitor.ask('GET', '/api/status');
    const site = json.hasSite ? null : SITE;
    const answer = await visitor.ask('POST', '/api/set-up', { code: this.code, ...TECHNICIAN, site });
    if (answer.status !== 200) throw new Error(`set-up: ${answer.status} ${answer.text}`);
    await this.serving(visitor);
    return visitor;
  }

  /** Until a change that is on trial is decided. @returns what became of it */
  async decided(
    visitor: Visitor,
    { transaction }: { readonly transaction: string },
  ): Promise<{ state: string; detail: string }> {
    const deadlineMs = performance.now() + 60_000;
    for (;;) {
      const answer = await visitor.ask('GET', `/api/changes/${transaction}`).catch(() => undefined);
      if (answer?.status === 200 && ['in_force', 'rolled_back'].includes(answer.json.state)) return answer.json;
      if (performance.now() > deadlineMs)
        throw new Error(`undecided: ${answer?.text}\n${this.service.said.slice(-3_000)}`);
      await sleep(100);
    }
  }

  /** Until the service behind the console answers. */
  async serving(visitor: Visitor): Promise<void> {
    let isUp = false;
    let isAsking = false;
    await this.service.until('the service answers', () => {
      if (!isAsking && !isUp) {
        isAsking = true;
        void visitor
          .ask('GET', '/api/health')
          .then(({ status }) => {
            isUp = status === 200;
          })
          .catch(() => undefined)
          .finally(() => {
            isAsking = false;
          });
      }
      return isUp;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
    await this.site[Symbol.asyncDispose]();
  }
}
