/** The technician's console as a side window of the service: what it may see and do. Without it nothing else changes. */
import { readFileSync } from 'node:fs';
import type { PhraseBook } from './announcer/phrases';
import { type Hands, withoutSecrets } from './commands';
import type { ConfigFile } from './config/config-file';
import type { ConsoleConfig } from './config/console';
import type { Config } from './config/schema';
import { keepCertificate } from './console/certificate';
import { type ConsoleOptions, runConsole } from './console/console';
import type { AuditEntry, ConsolePorts, FiguresQuery, ServiceHealth, ServicePorts } from './console/ports';
import { ConsoleRefusal } from './console/refusal';
import { consoleFolder } from './console/set-up-code';
import { type CameraWindowParts, cameraPorts, livePorts } from './console-cameras';
import { configurationPorts, speakerPorts } from './console-config';
import { incidentPorts } from './console-incidents';
import { recordingPorts } from './console-recordings';
import { FatalError, messageOf } from './errors';
import { clockOffsets, parseSince, siteClock } from './figures';
import { type Figures, figures, figuresOf } from './incident/rate';
import { formatTime } from './mqtt/time';
import { CONSOLE_PAGE_FOLDER } from './places';
import { type Lifecycle, runUntilStop } from './runtime/lifecycle';
import type { LogTail } from './runtime/log-tail';
import type { Logger } from './runtime/logger';
import { redactUrlCredentials } from './runtime/redact';
import { supervise } from './runtime/supervise';
import type { Sinks } from './sinks';

export interface WindowParts extends Sinks, CameraWindowParts {
  readonly book: PhraseBook;
  readonly config: Config;
  readonly configFile: ConfigFile;
  readonly restart: () => void;
  readonly hands: Hands;
  readonly version: string;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
  readonly logTail: LogTail;
}

const REMEMBER_MS = 5_000;
const MAX_REMEMBERED = 50;
/** A port that another program holds may become free. */
const RETRY = { minDelayMs: 1_000, maxDelayMs: 30_000, healthyAfterMs: 10_000 };

export function startConsole(parts: WindowParts): void {
  const { config, lifecycle, log } = parts;
  if (config.console === null) return;
  const ports = portsOf(parts);
  const own = log.child({ room: 'console' });
  const open = config.console;
  const work = async (signal: AbortSignal): Promise<void> =>
    runConsole(consoleOptions(open, config.dataFolder), { ports, log: own }, signal);
  const onRetry = ({ error: err }: { readonly error: unknown }): void => own.warn({ err }, 'the console is not open');
  const closed = (err: unknown): void => own.error({ err }, 'the console stays closed, the rest goes on');
  runUntilStop('console', (signal) => supervise(work, { ...RETRY, onRetry }, signal).catch(closed), { lifecycle });
}

/** @throws FatalError console/tls */
export function consoleOptions({ host, port, networks, tls }: ConsoleConfig, dataFolder: string): ConsoleOptions {
  const base = { host, port, networks, dataFolder, pageFolder: CONSOLE_PAGE_FOLDER };
  if (tls === undefined) return base;
  try {
    if (tls === 'self_signed') return { ...base, tls: keepCertificate(consoleFolder(dataFolder), Date.now()) };
    const [cert, key] = [tls.certFile, tls.keyFile].map((file) => readFileSync(file, 'utf8'));
    return { ...base, tls: { cert: cert ?? '', key: key ?? '' } };
  } catch (cause) {
    throw new FatalError('console/tls', `console.tls: ${messageOf(cause)}`, { cause });
  }
}

function portsOf(parts: WindowParts): ConsolePorts {
  const { config, version, log } = parts;
  const { id: nodeId, name, timeZone } = config.node;
  return {
    version,
    site: () => ({ nodeId, name, timeZone }),
    audit: (entry) => audit(parts, entry, log),
    firstConfiguration: null,
    onSetUp: () => undefined,
    service: servicePorts(parts),
  };
}

function servicePorts(parts: WindowParts): ServicePorts {
  const { config, ledger } = parts;
  const figuresNow = remembered((query: FiguresQuery) => siteFigures(parts, query));
  const latestAudit = (limit: number): AuditEntry[] =>
    ledger
      .latest(limit)
      .map(({ atMs, by, command, params, answer }) => ({ atMs, by, action: command, detail: params, answer }));
  return {
    cameras: cameraPorts(parts),
    live: livePorts(parts),
    configuration: configurationPorts(parts),
    speakers: speakerPorts(parts, parts.hands),
    incidents: incidentPorts(parts, sinceOf),
    recordings: recordingPorts(parts),
    figures: figuresNow,
    health: () => healthOf(parts),
    latestAudit,
    diagnosis: () => {
      const texts = {
        'configuration.json': withoutSecrets(config),
        'health.json': healthOf(parts),
        'figures.json': siteFigures(parts, { since: '30d' }),
        'audit.json': latestAudit(500),
      };
      const files = Object.entries(texts).map(([name, value]) => [
        name,
        redactUrlCredentials(JSON.stringify(value, null, 2)),
      ]);
      return { ...Object.fromEntries(files), 'log.txt': parts.logTail.text };
    },
  };
}

/** A disk that takes no row leaves one in the log. */
function audit({ ledger }: WindowParts, { atMs, action, by, detail, answer }: AuditEntry, log: Logger): void {
  const row = { atMs, command: action, transaction: null, by, params: detail, answer: JSON.stringify(answer) };
  log.info({ action, by, answer }, 'console');
  try {
    ledger.record(row);
  } catch (err) {
    log.error({ err, ...row }, 'the audit could not be written');
  }
}

function siteFigures({ config, outbox }: WindowParts, { since, camera }: FiguresQuery): Figures {
  const { timeZone } = config.node;
  if (camera !== undefined && !config.cameras.some(({ id }) => id === camera))
    throw new ConsoleRefusal('not_found', `no camera ${camera}`);
  const query = { sinceMs: sinceOf(since, timeZone), ...(camera === undefined ? {} : { cameraId: camera }) };
  const clock = siteClock(timeZone);
  const summary = outbox.summary(query, (fromMs, toMs) => clockOffsets(timeZone, { fromMs, toMs }));
  if (summary !== undefined) return figuresOf(summary, clock);
  const { ended, arrivals } = outbox.tally(query);
  return figures(ended, arrivals, clock);
}

/** Several people look at the same figures, every minute: they are counted once in a while. */
function remembered<Q extends object, R>(count: (query: Q) => R): (query: Q) => R {
  const known = new Map<string, { readonly at: number; readonly result: R }>();
  return (query) => {
    const key = JSON.stringify(query);
    const before = known.get(key);
    const nowMs = performance.now();
    if (before !== undefined && nowMs - before.at < REMEMBER_MS) return before.result;
    if (known.size >= MAX_REMEMBERED) known.clear();
    const result = count(query);
    known.set(key, { at: nowMs, result });
    return result;
  };
}

function sinceOf(since: string, timeZone: string): number {
  try {
    return parseSince(since, { nowMs: Date.now(), timeZone });
  } catch (error) {
    throw new ConsoleRefusal('bad_request', messageOf(error));
  }
}

function healthOf({ config, version, board, health, client }: WindowParts): ServiceHealth {
  const { status, symptoms, outbox, prompts } = health.now();
  const { startedAt, models } = health.info();
  const state = client?.state;
  const { timeZone } = config.node;
  return {
    status,
    symptoms,
    startedAt,
    version,
    models,
    broker: {
      state: state === undefined ? 'none' : state.kind === 'online' ? 'online' : 'away',
      reason: state !== undefined && 'reason' in state ? redactUrlCredentials(state.reason) : null,
    },
    outbox: { ...outbox, evidenceDropped: outbox.evidenceDropped ?? 0 },
    cameras: config.cameras.map(({ id, name }) => {
      const history = board.history(id).map(({ atMs, ...rest }) => ({ at: formatTime(atMs, timeZone), ...rest }));
      return { id, name, state: history[0]?.state ?? 'connecting', reason: history[0]?.reason ?? null, history };
    }),
    speakers: config.speakers.map(({ id }) => ({
      id,
      isGood: !symptoms.includes(`speaker:${id}`),
      spoken: prompts[id]?.spoken ?? 0,
      refused: prompts[id]?.refused ?? {},
    })),
  };
}
