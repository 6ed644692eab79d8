/** Calls to the box, typed by the server's own table of routes. */
import type { Output, RouteName, Routes, Sent } from '../contract';

/** Method and path of the routes that the page calls; the compiler holds them against the table. */
const CALLS = {
  status: ['GET', '/api/status'],
  setUp: ['POST', '/api/set-up'],
  login: ['POST', '/api/login'],
  session: ['GET', '/api/session'],
  logout: ['POST', '/api/logout'],
  changePassword: ['POST', '/api/password'],
  listAccounts: ['GET', '/api/accounts'],
  addAccount: ['POST', '/api/accounts'],
  removeAccount: ['DELETE', '/api/accounts/:username'],
  figures: ['GET', '/api/figures'],
  health: ['GET', '/api/health'],
  audit: ['GET', '/api/audit'],
  listCameras: ['GET', '/api/cameras'],
  addCamera: ['POST', '/api/cameras'],
  changeCamera: ['PUT', '/api/cameras/:id'],
  removeCamera: ['DELETE', '/api/cameras/:id'],
  testCamera: ['POST', '/api/cameras/test'],
  discoverCameras: ['POST', '/api/cameras/discover'],
  cameraStreams: ['POST', '/api/cameras/streams'],
  cameraView: ['GET', '/api/cameras/:id/view'],
  changeOutcome: ['GET', '/api/changes/:transaction'],
  config: ['GET', '/api/config'],
  checkConfig: ['POST', '/api/config/check'],
  saveConfig: ['PUT', '/api/config'],
  rollBackConfig: ['POST', '/api/config/roll-back'],
  backUpConfig: ['POST', '/api/config/backup'],
  restart: ['POST', '/api/restart'],
  setBroker: ['PUT', '/api/broker'],
  speakers: ['GET', '/api/speakers'],
  setSpeaking: ['PUT', '/api/speakers'],
  listIncidents: ['GET', '/api/incidents'],
  incident: ['GET', '/api/incidents/:id'],
  markIncident: ['PUT', '/api/incidents/:id/mark'],
  listRecordings: ['GET', '/api/recordings'],
  checkTake: ['POST', '/api/recordings/:words/check'],
  keepTake: ['PUT', '/api/recordings/:words'],
  removeRecording: ['DELETE', '/api/recordings/:words'],
  addVoiceSpeaker: ['POST', '/api/voice-speakers'],
  removeVoiceSpeaker: ['DELETE', '/api/voice-speakers/:name'],
  importRecordings: ['POST', '/api/recordings.zip'],
  testSpeaker: ['POST', '/api/speakers/:id/test'],
} as const satisfies { readonly [N in RouteName]?: readonly [Routes[N]['method'], Routes[N]['path']] };

export type CallName = keyof typeof CALLS;

/** What the server said instead of doing it. `unreachable` = it said nothing. */
export class CallError extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
    readonly retryAfterS?: number,
  ) {
    super(detail);
  }
}

let csrf = '';

export function setToken(token: string): void {
  csrf = token;
}

const LONGEST_MS = 30_000;

interface Parts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly file?: Blob;
}

/** @throws CallError */
export async function call<N extends CallName>(name: N, sent: Sent<N>, signal?: AbortSignal): Promise<Output<N>> {
  const [method, path] = CALLS[name];
  const { params, query, body, file }: Parts = sent;
  const response = await fetch(addressOf(path, params, query), {
    method,
    credentials: 'same-origin',
    headers: {
      ...(method === 'GET' ? {} : { 'x-csrf-token': csrf }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(file === undefined ? {} : { 'content-type': file.type }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(file === undefined ? {} : { body: file }),
    signal: AbortSignal.any([AbortSignal.timeout(LONGEST_MS), ...(signal === undefined ? [] : [signal])]),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new CallError('unreachable', '');
  });
  const text = await response.text();
  // Of the shape that the table promises: the server's tests hold every answer against it.
  const answer = text === '' ? undefined : JSON.parse(text);
  if (!response.ok) throw errorIn(answer);
  return answer;
}

export function addressOf(path: string, params: Parts['params'] = {}, query: Parts['query'] = {}): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return given.length === 0 ? filled : `${filled}?${new URLSearchParams(given)}`;
}

function errorIn(answer: unknown): CallError {
  const error: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'error') : undefined;
  if (typeof error !== 'object' || error === null) return new CallError('failed', '');
  const retryAfterS: unknown = Reflect.get(error, 'retryAfterS');
  return new CallError(
    String(Reflect.get(error, 'code')),
    String(Reflect.get(error, 'detail')),
    ...(typeof retryAfterS === 'number' ? [retryAfterS] : []),
  );
}
