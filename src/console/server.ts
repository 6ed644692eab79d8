/**
 * The console's server: every route of the table behind the same doors (network, origin, session, role, CSRF token, schema),
 * and the page. The only importer of fastify.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import cookie from '@fastify/cookie';
import files from '@fastify/static';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { messageOf } from '../errors';
import type { Logger } from '../runtime/logger';
import { ROUTES } from './contract';
import type { Doors, Visitor } from './doors';
import type { Asked, Handlers } from './handler';
import type { Live } from './live';
import { networkList } from './networks';
import { ConsoleRefusal } from './refusal';
import type { Access, RouteSpec } from './route';

export interface ServerOptions {
  readonly networks: readonly string[];
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly pageFolder: string;
}

export interface ServerParts {
  readonly doors: Doors;
  readonly handlers: Handlers;
  readonly live: Live;
  readonly log: Logger;
}

const COOKIE = 'anqi_session';
const BODY_BYTES = 64 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 200;
/** A viewer has nothing to say. */
const MAX_MESSAGE_BYTES = 1024;
const LOOK_AGAIN_MS = 10_000;
/** Of a WebSocket's close: 4000 and up are the application's. */
const LOGGED_OUT = 4401;
const REFUSED = 4404;
const NONCE_PLACE = /__NONCE__/g;

export async function makeServer(options: ServerOptions, parts: ServerParts): Promise<FastifyInstance> {
  const common = { bodyLimit: BODY_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, logger: false } as const;
  const app: FastifyInstance =
    options.tls === undefined ? fastify(common) : fastify({ ...common, https: options.tls }).withTypeProvider();
  app.server.maxConnections = MAX_CONNECTIONS;
  const isInside = networkList(options.networks);
  app.addHook('onRequest', async (request, reply) => {
    setHeaders(reply, options.tls !== undefined);
    if (!isInside(request.socket.remoteAddress ?? ''))
      throw new ConsoleRefusal('not_allowed', 'the console is not open to this network (console.networks)');
  });
  app.setErrorHandler((error, _, reply) => answerError(error, reply, parts.log));
  app.setNotFoundHandler((_, reply) => answerError(new ConsoleRefusal('not_found', 'no such page'), reply, parts.log));
  app.removeContentTypeParser('text/plain');
  await app.register(cookie);
  const routes = Object.entries<RouteSpec>(ROUTES);
  addRoutes(
    app,
    routes.filter(([, { upload }]) => upload === undefined),
    { ...parts, isSecure: options.tls !== undefined },
  );
  const uploads = routes.filter(([, { upload }]) => upload !== undefined);
  await app.register(async (inner) => {
    inner.removeAllContentTypeParsers();
    const types = [...new Set(uploads.flatMap(([, { upload = [] }]) => upload))];
    inner.addContentTypeParser(types, { parseAs: 'buffer' }, (_, body, done) => done(null, body));
    addRoutes(inner, uploads, { ...parts, isSecure: options.tls !== undefined });
  });
  await serveLive(app, options, parts);
  await servePage(app, options.pageFolder);
  return app;
}

function addRoutes(
  app: FastifyInstance,
  routes: readonly (readonly [string, RouteSpec])[],
  { doors, handlers, isSecure }: ServerParts & { readonly isSecure: boolean },
): void {
  for (const [name, route] of routes) {
    const handler = Reflect.get(handlers, name);
    app.route({
      method: route.method,
      url: route.path,
      bodyLimit: route.maxBytes ?? BODY_BYTES,
      // Before the body is read: nobody fills memory without a session.
      onRequest: async (request) => void admit(request, { ...route, isSecure }, doors),
      handler: async (request, reply) => {
        const visitor = doors.visitor(request.cookies[COOKIE]);
        const asked = askedBy(request, reply, { visitor, isSecure });
        return send(reply, await Reflect.apply(handler, undefined, [readInput(route, request), asked]));
      },
    });
  }
}

/** Sockets of the live view behind the same doors; whoever is logged out meanwhile loses them. */
async function serveLive(
  app: FastifyInstance,
  options: ServerOptions,
  { doors, live, log }: ServerParts,
): Promise<void> {
  await app.register(websocket, { options: { maxPayload: MAX_MESSAGE_BYTES } });
  const gate = { method: 'GET', access: 'viewer', isSecure: options.tls !== undefined } as const;
  const kinds = { video: 'watch', tracks: 'follow' } as const;
  for (const [kind, show] of Object.entries(kinds)) {
    app.get<{ Params: { id: string } }>(
      `/api/cameras/:id/live/${kind}`,
      { websocket: true, onRequest: async (request) => void admit(request, gate, doors) },
      (socket, request) => {
        const token = request.cookies[COOKIE];
        const timer = setInterval(() => {
          if (doors.visitor(token) === undefined) socket.close(LOGGED_OUT, 'log in first');
        }, LOOK_AGAIN_MS);
        socket.on('close', () => clearInterval(timer));
        try {
          live[show](request.params.id, socket);
        } catch (error) {
          if (!(error instanceof ConsoleRefusal)) log.error({ err: error }, 'a live view could not be opened');
          socket.close(REFUSED, error instanceof ConsoleRefusal ? error.detail.slice(0, 100) : 'failed');
        }
      },
    );
  }
}

/** No other host, no frame, no inline script: what somebody types into a name never runs. */
function setHeaders(reply: FastifyReply, isSecure: boolean): void {
  reply.headers({
    'content-security-policy': csp(''),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(self)',
    'cache-control': 'no-store',
    ...(isSecure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  });
}

function csp(styleNonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${styleNonce === '' ? '' : ` 'nonce-${styleNonce}'`}`,
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

interface Gate {
  readonly method: string;
  readonly access: Access;
  readonly isSecure: boolean;
}

function admit(request: FastifyRequest, { method, access, isSecure }: Gate, doors: Doors): void {
  const { origin, host = '' } = request.headers;
  if (origin !== undefined && origin !== `${isSecure ? 'https' : 'http'}://${host}`)
    throw new ConsoleRefusal('foreign_origin', 'this request comes from another site');
  if (access === 'open') return;
  const visitor = doors.visitor(request.cookies[COOKIE]);
  if (visitor === undefined) throw new ConsoleRefusal('not_logged_in', 'log in first');
  if (access === 'technician' && visitor.role !== 'technician')
    throw new ConsoleRefusal('not_allowed', 'only a technician may do this');
  if (method !== 'GET' && request.headers['x-csrf-token'] !== visitor.session.csrf)
    throw new ConsoleRefusal('foreign_origin', 'x-csrf-token is missing or of another session');
}

function readInput(route: RouteSpec, request: FastifyRequest): Record<'params' | 'query' | 'body', unknown> {
  const read = (what: 'params' | 'query' | 'body'): unknown => {
    const result = route[what]?.safeParse(request[what] ?? {});
    if (result === undefined) return undefined;
    if (result.success) return result.data;
    const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || what}: ${message}`);
    throw new ConsoleRefusal('bad_request', problems.join('; ').slice(0, 1_000));
  };
  return {
    params: read('params'),
    query: read('query'),
    body: route.upload === undefined ? read('body') : bytesIn(request),
  };
}

function bytesIn({ body }: FastifyRequest): Uint8Array {
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  throw new ConsoleRefusal('bad_request', 'body: empty');
}

function askedBy(
  request: FastifyRequest,
  reply: FastifyReply,
  { visitor, isSecure }: { readonly visitor: Visitor | undefined; readonly isSecure: boolean },
): Asked {
  const cookieOptions = { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure } as const;
  return {
    from: request.socket.remoteAddress ?? '',
    session: visitor?.session,
    role: visitor?.role,
    setCookie: (token) =>
      void (token === null ? reply.clearCookie(COOKIE, cookieOptions) : reply.setCookie(COOKIE, token, cookieOptions)),
    afterwards: (work) => void reply.raw.once('close', work),
  };
}

function send(reply: FastifyReply, answer: unknown): FastifyReply {
  if (answer === undefined) return reply.status(204).send();
  if (!isFile(answer)) return reply.send(answer);
  return reply
    .header('content-type', answer.type)
    .header(
      'content-disposition',
      `${/^(image|video)\//.test(answer.type) ? 'inline' : 'attachment'}; filename="${answer.name.replace(/[^\w.-]/g, '_')}"`,
    )
    .send(typeof answer.content === 'string' ? answer.content : Buffer.from(answer.content));
}

function isFile(answer: unknown): answer is { name: string; type: string; content: string | Uint8Array } {
  return typeof answer === 'object' && answer !== null && 'content' in answer && 'type' in answer && 'name' in answer;
}

function answerError(error: unknown, reply: FastifyReply, log: Logger): FastifyReply {
  if (error instanceof ConsoleRefusal) {
    const { reason, detail, retryAfterS } = error;
    if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS);
    return reply
      .status(error.status)
      .send({ error: { code: reason, detail, ...(retryAfterS === undefined ? {} : { retryAfterS }) } });
  }
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status < 500) return reply.status(status).send({ error: { code: 'bad_request', detail: messageOf(error) } });
  log.error({ err: error }, 'a request of the console failed');
  return reply.status(500).send({ error: { code: 'failed', detail: 'this went wrong; the log of the box says more' } });
}

/** The page's parts carry their hash in the name; the page itself is read once and gets a new nonce each time. */
async function servePage(app: FastifyInstance, folder: string): Promise<void> {
  const index = join(folder, 'index.html');
  const html = existsSync(index) ? readFileSync(index, 'utf8') : '';
  app.get('/', async (_, reply) => {
    if (html === '') throw new ConsoleRefusal('not_found', 'the page is not built: npm run build');
    const nonce = randomBytes(16).toString('base64');
    return reply
      .header('content-security-policy', csp(nonce))
      .type('text/html; charset=utf-8')
      .send(html.replace(NONCE_PLACE, nonce));
  });
  const assets = join(folder, 'assets');
  if (!existsSync(assets)) return;
  await app.register(files, {
    root: assets,
    prefix: '/assets/',
    preCompressed: true,
    index: false,
    cacheControl: false,
    setHeaders: (response) => void response.setHeader('cache-control', 'public, max-age=31536000, immutable'),
  });
}
