/** Who gets into the console: set-up code, logins, roles, sessions, origins, networks; and what strangers are told. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { ROUTES } from '../../src/console/contract';
import type { RouteSpec } from '../../src/console/route';
import { anqi } from '../support/anqi';
import { ConsoleBox, SITE, TECHNICIAN, type Visitor } from '../support/console';

jest.setTimeout(60_000);

const MARKUP = '<script>window.hacked=1</script><img src=x onerror=alert(1)>';

/** Every route, its parameters filled with something harmless. */
const ALL = Object.entries<RouteSpec>(ROUTES).map(([name, { method, path, access, maxBytes = 64 * 1024, upload }]) => ({
  name,
  method,
  path: path.replace(/:\w+/g, 'nobody'),
  access,
  maxBytes,
  upload,
}));
const GUARDED = ALL.filter(({ access }) => access !== 'open');
const CHANGING = ALL.filter(({ method }) => method !== 'GET');

describe('a box out of its carton', () => {
  let box: ConsoleBox;
  beforeAll(async () => {
    box = await ConsoleBox.unpacked();
  });
  afterAll(() => box[Symbol.asyncDispose]());

  it('shows its set-up page and says nothing of itself', async () => {
    const visitor = box.visitor();
    const page = await visitor.ask('GET', '/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const status = await visitor.ask('GET', '/api/status');
    expect(status.json).toEqual({ state: 'set_up_needed', hasSite: false });
  });

  it.each(GUARDED)('$method $path is closed', async ({ method, path }) => {
    const { status, json } = await box.visitor().ask(method, path);
    expect([status, json.error.code]).toEqual([401, 'not_logged_in']);
  });

  it('has no default login', async () => {
    for (const [username, password] of [
      ['admin', 'admin'],
      ['admin', ''],
      ['root', 'anqi'],
    ] as const) {
      expect((await box.visitor().login(username, password)).status).not.toBe(200);
    }
  });

  it('tells its code to whoever has a shell on it, and keeps it in a file of its own', async () => {
    expect(box.code).toMatch(/^[A-Z2-9]{5}-[A-Z2-9]{5}$/);
    expect((await anqi('setup-code', '--config', box.configFile)).stdout.trim()).toBe(box.code);
    expect(statSync(join(box.site.dataFolder, 'console/set-up-code')).mode & 0o777).toBe(0o600);
  });

  it('refuses wrong codes, ever more slowly', async () => {
    const answers: number[] = [];
    const body = { code: 'AAAAA-AAAAA', ...TECHNICIAN, site: SITE };
    for (let tried = 0; tried < 8; tried++) answers.push((await box.visitor().ask('POST', '/api/set-up', body)).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
    const right = await box.visitor().ask('POST', '/api/set-up', { ...body, code: box.code });
    expect(right.json.error).toMatchObject({ code: 'too_many', retryAfterS: expect.any(Number) });
  });
});

describe('the set-up', () => {
  it('writes the configuration, brings the service up, and is gone', async () => {
    await using box = await ConsoleBox.unpacked();
    const technician = await box.setUp();
    const { json } = await technician.ask('GET', '/api/session');
    expect(json).toMatchObject({ username: TECHNICIAN.username, role: 'technician', site: SITE });
    expect(readFileSync(box.configFile, 'utf8')).toContain('雉城街道长安路口');
    expect((await box.visitor().ask('GET', '/api/status')).json).toEqual({ state: 'ready', hasSite: true });
    const again = { code: box.code, ...TECHNICIAN, username: 'other', site: null };
    expect((await box.visitor().ask('POST', '/api/set-up', again)).status).toBe(409);
    expect((await anqi('setup-code', '--config', box.configFile)).code).toBe(2);
    expect(readdirSync(join(box.site.dataFolder, 'console'))).not.toContain('set-up-code');
  });

  it('says what is wrong and leaves the box as it was', async () => {
    await using box = await ConsoleBox.unpacked();
    const site = { ...SITE, timeZone: 'Mars/Olympus' };
    const refused = await box.visitor().ask('POST', '/api/set-up', { code: box.code, ...TECHNICIAN, site });
    expect([refused.status, refused.json.error.detail]).toEqual([422, expect.stringContaining('timeZone')]);
    const short = await box
      .visitor()
      .ask('POST', '/api/set-up', { code: box.code, username: 'li', password: 'short', site: SITE });
    expect([short.status, short.json.error.detail]).toEqual([400, expect.stringContaining('at least 10')]);
    expect((await box.visitor().ask('GET', '/api/status')).json.state).toBe('set_up_needed');
    await box.setUp();
  });
});

describe('a box that is set up', () => {
  let box: ConsoleBox;
  let technician: Visitor;
  let viewer: Visitor;
  beforeAll(async () => {
    box = await ConsoleBox.configured({ cameras: [] });
    technician = await box.setUp();
    const account = { username: 'wang', password: 'viewer password', role: 'viewer' };
    expect((await technician.ask('POST', '/api/accounts', account)).status).toBe(204);
    viewer = box.visitor();
    expect((await viewer.login(account.username, account.password)).status).toBe(200);
  });
  afterAll(() => box[Symbol.asyncDispose]());

  it.each(GUARDED)('$method $path wants a login', async ({ method, path }) => {
    expect((await box.visitor().ask(method, path)).status).toBe(401);
  });

  it.each(GUARDED.filter(({ access }) => access === 'technician'))(
    '$method $path is not for viewers',
    async ({ method, path }) => {
      expect((await viewer.ask(method, path, method === 'GET' ? undefined : {})).status).toBe(403);
    },
  );

  it.each(ALL)('$method $path refuses a foreign origin', async ({ method, path }) => {
    const { status, json } = await technician.ask(method, path, method === 'GET' ? undefined : {}, {
      origin: 'http://evil.example',
    });
    expect([status, json.error.code]).toEqual([403, 'foreign_origin']);
  });

  it.each(CHANGING.filter(({ access }) => access !== 'open'))(
    '$method $path wants the token of the session',
    async ({ method, path }) => {
      const { status } = await technician.ask(method, path, {}, { 'x-csrf-token': viewer.csrf });
      expect(status).toBe(403);
    },
  );

  it.each(CHANGING.filter(({ upload }) => upload === undefined))(
    '$method $path refuses what is no JSON, too much, or not asked for',
    async ({ method, path, access, maxBytes }) => {
      // Strangers meet the throttle of the login sooner or later; what they send is refused before.
      const who = access === 'open' ? box.visitor() : technician;
      expect((await who.ask(method, path, '{"a":')).status).toBe(400);
      expect((await who.ask(method, path, '<a/>', { 'content-type': 'text/xml' })).status).toBe(415);
      expect((await who.ask(method, path, JSON.stringify({ a: 'x'.repeat(maxBytes) }))).status).toBe(413);
      expect((await who.ask(method, path, '{"__proto__":{"role":"technician"}}')).status).toBe(400);
    },
  );

  it.each(CHANGING.filter(({ upload }) => upload !== undefined))(
    '$method $path takes no other kind of file, and none that is empty',
    async ({ method, path, upload = [] }) => {
      for (const type of ['application/json', 'text/xml', 'text/html'])
        expect((await technician.ask(method, path, '{}', { 'content-type': type })).status).toBe(415);
      expect((await technician.ask(method, path, '', { 'content-type': upload[0] ?? '' })).status).toBe(400);
    },
  );

  it.each([
    '/assets/../../../package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/....//....//etc/passwd',
    '/assets/%00index.js',
    '/..%5c..%5cetc/passwd',
    '/api/../../etc/passwd',
  ])('gives nothing for %s', async (path) => {
    const { status, text } = await technician.ask('GET', path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toMatch(/root:|"dependencies"/);
  });

  it.each([
    ['its name', { username: MARKUP, password: 'long enough 1', role: 'viewer' }],
    ['its role', { username: 'zhao', password: 'long enough 1', role: MARKUP }],
    ['a field that is not asked for', { username: 'zhao', password: 'long enough 1', role: 'viewer', [MARKUP]: 1 }],
  ])('takes no markup as a login: %s', async (_, account) => {
    const { status, headers } = await technician.ask('POST', '/api/accounts', account);
    expect(status).toBe(400);
    expect(headers.get('content-type')).toContain('application/json');
  });

  it('sends its cookie to nobody else, and its answers to no cache', async () => {
    const visitor = box.visitor();
    const { headers } = await visitor.login(TECHNICIAN.username, TECHNICIAN.password);
    const [cookie = ''] = headers.getSetCookie();
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(cookie).toContain(part);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-frame-options')).toBe('DENY');
  });

  it('ends a session at once: by logging out, with the account, and with a new password on other devices', async () => {
    const account = { username: 'chen', password: 'first password', role: 'viewer' };
    await technician.ask('POST', '/api/accounts', account);
    const [here, there] = [box.visitor(), box.visitor()];
    for (const one of [here, there]) await one.login(account.username, account.password);
    const change = await here.ask('POST', '/api/password', { current: account.password, next: 'second password' });
    expect(change.status).toBe(204);
    expect((await here.ask('GET', '/api/session')).status).toBe(200);
    expect((await there.ask('GET', '/api/session')).status).toBe(401);
    const { cookie } = here;
    expect((await here.ask('POST', '/api/logout', {})).status).toBe(204);
    here.cookie = cookie;
    expect((await here.ask('GET', '/api/session')).status).toBe(401);
    await there.login(account.username, 'second password');
    expect((await technician.ask('DELETE', '/api/accounts/chen')).status).toBe(204);
    expect((await there.ask('GET', '/api/session')).status).toBe(401);
  });

  it('keeps its last technician', async () => {
    expect((await technician.ask('DELETE', `/api/accounts/${TECHNICIAN.username}`)).status).toBe(409);
  });

  it('keeps no password and no token in its files or its log', async () => {
    const folder = join(box.site.dataFolder, 'console');
    const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const token = technician.cookie.split('=')[1] ?? '';
    expect(token.length).toBeGreaterThan(40);
    for (const secret of [TECHNICIAN.password, token, 'viewer password'])
      for (const text of [...kept, box.service.said]) expect(text).not.toContain(secret);
  });

  it('describes itself to whoever has logged in', async () => {
    const { json } = await viewer.ask('GET', '/api/openapi.json');
    expect(json).toEqual(JSON.parse(readFileSync(join(__dirname, '../../src/console/openapi.json'), 'utf8')));
  });

  it('lists who did what', async () => {
    const { json } = await technician.ask('GET', '/api/audit');
    const actions = json.rows.map(({ action, by }: { action: string; by: string }) => `${by} ${action}`);
    expect(actions).toEqual(
      expect.arrayContaining(['li console.set-up', 'li console.account.add', 'wang console.login']),
    );
  });
});

describe('a thousand wrong passwords', () => {
  it('are hardly looked at, and the technician gets in afterwards from elsewhere', async () => {
    await using box = await ConsoleBox.configured({ cameras: [] });
    await box.setUp();
    const visitor = box.visitor();
    const counts = new Map<number, number>();
    for (let round = 0; round < 100; round++) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) => visitor.login(TECHNICIAN.username, `guess ${round} ${index}`)),
      );
      for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([401, 429]);
    expect(counts.get(401)).toBeLessThanOrEqual(20);
    expect((await visitor.login(TECHNICIAN.username, TECHNICIAN.password)).status).toBe(429);
    const elsewhere = box.visitor();
    // Another address of the loopback network stands for another device.
    const { status } = await loginFrom('127.0.0.2', elsewhere);
    expect(status).toBe(200);
  });
});

describe('networks', () => {
  it('keeps out whoever is not in console.networks', async () => {
    await using box = await ConsoleBox.unpacked({ networks: ['127.0.0.2/32'] });
    const page = await box.visitor().ask('GET', '/');
    expect(page.status).toBe(403);
    expect((await loginFrom('127.0.0.2', box.visitor())).status).toBe(401);
  });
});

/** A login from another address of this machine. */
function loginFrom(localAddress: string, { base }: Visitor): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(TECHNICIAN);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asking = request(
      `${base}/api/login`,
      { method: 'POST', localAddress, headers, timeout: 10_000 },
      (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0 });
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}
