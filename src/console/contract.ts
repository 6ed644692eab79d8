/**
 * Every route of the console in one table: who may use it, what goes in and what comes out. The server reads and checks by
 * it, the page takes its types from it, and openapi.json is made of it.
 */
import { z } from 'zod';
import { CAMERA_ROUTES } from './contract-cameras';
import { CONFIG_ROUTES } from './contract-config';
import { INCIDENT_ROUTES } from './contract-incidents';
import { RECORDING_ROUTES } from './contract-recordings';
import { brokerSchema, idSchema, line, ROLES, type RouteSpec } from './route';

export type { Role, RouteSpec } from './route';

const count = z.int().min(0);
const ratePercent = z
  .number()
  .min(0)
  .max(100)
  .nullable()
  .describe('per cent, two decimals; null where nobody is known');
export const usernameSchema = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,31}$/u, 'letters, digits, . _ - (at most 32)');
export const passwordSchema = z.string().min(10, 'at least 10 characters').max(200);

export const sessionSchema = z.strictObject({
  username: z.string(),
  role: z.enum(ROLES),
  csrf: z.string().describe('goes back in the header x-csrf-token of every request that changes something'),
  site: z.strictObject({ nodeId: z.string(), name: z.string(), timeZone: z.string() }),
  version: z.string(),
});

export const siteSchema = z.strictObject({
  nodeId: idSchema,
  name: line(100),
  timeZone: z.string().min(1).max(64),
  lat: z.number().min(-90).max(90).optional(),
  lon: z.number().min(-180).max(180).optional(),
  broker: brokerSchema.optional().describe('tried before anything is written; without it events wait on the box'),
});

const countsSchema = z.strictObject({
  reminded: count,
  corrected: count,
  notCorrected: count,
  unknown: count,
  correctionRate: ratePercent,
});

const groups = z.record(z.string(), countsSchema);

const helmetUse = z.strictObject({ riders: count, helmeted: count, undecided: count, helmetUseRate: ratePercent });

export const figuresSchema = z.strictObject({
  total: countsSchema,
  notReminded: count,
  medianReactionMs: z.number().nullable(),
  helmetUse,
  helmetUseBy: z.strictObject({ day: z.record(z.string(), helmetUse), hour: z.record(z.string(), helmetUse) }),
  by: z.strictObject({ camera: groups, day: groups, hour: groups, language: groups, seat: groups, prompt: groups }),
});

const figuresQuery = z.strictObject({
  since: z
    .string()
    .regex(/^(\d{1,5}[dh]|\d{4}-\d{2}-\d{2})$/, 'how long ago (7d, 24h) or a date (2026-11-01)')
    .default('7d'),
  camera: idSchema.optional(),
});

const stateChange = z.strictObject({ at: z.string(), state: z.string(), reason: z.string().nullable() });

export const healthSchema = z.strictObject({
  status: z.enum(['healthy', 'degraded', 'failing']),
  symptoms: z.array(z.string()),
  startedAt: z.string(),
  version: z.string(),
  models: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
  broker: z.strictObject({ state: z.enum(['none', 'online', 'away']), reason: z.string().nullable() }),
  outbox: z.strictObject({ depth: count, oldestAgeS: count, dropped: count, evidenceDropped: count }),
  cameras: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      state: z.string(),
      reason: z.string().nullable(),
      history: z.array(stateChange).describe('newest first'),
    }),
  ),
  speakers: z.array(
    z.strictObject({
      id: z.string(),
      isGood: z.boolean(),
      spoken: count,
      refused: z.record(z.string(), count).describe('prompts never spoken, by reason'),
    }),
  ),
  box: z.strictObject({
    uptimeS: count,
    load: z.number(),
    cores: count,
    memoryBytes: z.strictObject({ free: count, total: count }),
    diskBytes: z.strictObject({ free: count, total: count }).nullable(),
    temperatureC: z.number().nullable(),
  }),
});

const auditRow = z.strictObject({
  at: z.string(),
  by: z.string().nullable(),
  action: z.string(),
  detail: z.string(),
  answer: z.string(),
});

const account = z.strictObject({ username: z.string(), role: z.enum(ROLES) });

export const ROUTES = {
  ...CAMERA_ROUTES,
  ...CONFIG_ROUTES,
  ...INCIDENT_ROUTES,
  ...RECORDING_ROUTES,
  status: {
    method: 'GET',
    path: '/api/status',
    access: 'open',
    summary: 'Whether the box still has to be set up; nothing else is told before a login',
    response: z.strictObject({
      state: z.enum(['set_up_needed', 'ready']),
      hasSite: z.boolean().describe('a configuration is there: only an account is missing'),
    }),
  },
  setUp: {
    method: 'POST',
    path: '/api/set-up',
    access: 'open',
    summary: 'First start: the one-time code, the technician’s account and the junction',
    body: z.strictObject({
      code: z.string().min(1).max(40),
      username: usernameSchema,
      password: passwordSchema,
      site: siteSchema.nullable().describe('null where a configuration is there already'),
    }),
    response: sessionSchema,
  },
  login: {
    method: 'POST',
    path: '/api/login',
    access: 'open',
    summary: 'Begins a session; the cookie is HttpOnly and SameSite=Strict',
    body: z.strictObject({ username: z.string().min(1).max(64), password: z.string().min(1).max(200) }),
    response: sessionSchema,
  },
  session: {
    method: 'GET',
    path: '/api/session',
    access: 'viewer',
    summary: 'Who is logged in',
    response: sessionSchema,
  },
  logout: { method: 'POST', path: '/api/logout', access: 'viewer', summary: 'Ends the session' },
  changePassword: {
    method: 'POST',
    path: '/api/password',
    access: 'viewer',
    summary: 'Changes the own password and ends every other session of this account',
    body: z.strictObject({ current: z.string().min(1).max(200), next: passwordSchema }),
  },
  listAccounts: {
    method: 'GET',
    path: '/api/accounts',
    access: 'technician',
    summary: 'Who may log in',
    response: z.strictObject({ accounts: z.array(account) }),
  },
  addAccount: {
    method: 'POST',
    path: '/api/accounts',
    access: 'technician',
    summary: 'Another login',
    body: z.strictObject({ username: usernameSchema, password: passwordSchema, role: z.enum(ROLES) }),
  },
  removeAccount: {
    method: 'DELETE',
    path: '/api/accounts/:username',
    access: 'technician',
    summary: 'Takes a login away; the last technician stays',
    params: z.strictObject({ username: usernameSchema }),
  },
  figures: {
    method: 'GET',
    path: '/api/figures',
    access: 'viewer',
    summary: 'Reminded, corrected, correction rate and helmet use',
    query: figuresQuery,
    response: figuresSchema,
  },
  figuresCsv: {
    method: 'GET',
    path: '/api/figures.csv',
    access: 'viewer',
    summary: 'The same by camera, day, hour, language, seat and prompt',
    query: figuresQuery,
    file: 'text/csv',
  },
  health: {
    method: 'GET',
    path: '/api/health',
    access: 'viewer',
    summary: 'The service, its cameras and speakers, the broker and the box',
    response: healthSchema,
  },
  audit: {
    method: 'GET',
    path: '/api/audit',
    access: 'technician',
    summary: 'Who did what, newest first',
    response: z.strictObject({ rows: z.array(auditRow) }),
  },
  diagnosis: {
    method: 'GET',
    path: '/api/diagnosis.zip',
    access: 'technician',
    summary:
      'What somebody far away needs to help: configuration without secrets, health, figures, audit, last log lines',
    file: 'application/zip',
  },
  openapi: {
    method: 'GET',
    path: '/api/openapi.json',
    access: 'viewer',
    summary: 'This description',
    response: z.record(z.string(), z.unknown()),
  },
} as const satisfies Record<string, RouteSpec>;

export type Routes = typeof ROUTES;
export type RouteName = keyof Routes;

type Part<R, K extends string> = R extends { readonly [P in K]: infer S extends z.ZodType } ? z.output<S> : undefined;
type IsUpload<R> = R extends { readonly upload: readonly string[] } ? true : false;
type Given<R, K extends string> = R extends { readonly [P in K]: infer S extends z.ZodType } ? z.input<S> : undefined;

/** What a handler gets. */
export interface Input<N extends RouteName> {
  readonly params: Part<Routes[N], 'params'>;
  readonly query: Part<Routes[N], 'query'>;
  readonly body: IsUpload<Routes[N]> extends true ? Uint8Array : Part<Routes[N], 'body'>;
}

/** What a caller sends; a part that the route does not have is left out. */
export type Sent<N extends RouteName> = {
  readonly [K in 'params' | 'query' | 'body' as Given<Routes[N], K> extends undefined ? never : K]: Given<Routes[N], K>;
} & (IsUpload<Routes[N]> extends true ? { readonly file: Blob } : unknown);

/** A file to send instead of JSON. */
export interface FileAnswer {
  readonly name: string;
  readonly type: string;
  readonly content: string | Uint8Array;
}

export type Output<N extends RouteName> = Routes[N] extends { readonly file: string }
  ? FileAnswer
  : Part<Routes[N], 'response'>;

export type ErrorCode =
  | 'bad_request'
  | 'not_logged_in'
  | 'wrong_login'
  | 'wrong_code'
  | 'not_allowed'
  | 'foreign_origin'
  | 'not_found'
  | 'conflict'
  | 'too_many'
  | 'busy'
  | 'refused'
  | 'broker_unreachable'
  | 'broker_bad_credentials'
  | 'broker_refused'
  | 'broker_untrusted'
  | 'failed';

/** Every answer that is not 2xx. */
export const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    detail: z.string(),
    retryAfterS: z.int().optional().describe('with too_many'),
  }),
});
