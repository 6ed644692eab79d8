/** `anqi run`: a box that nobody has set up shows its set-up page first; then the service, with configurations on trial. */
import { readFileSync } from 'node:fs';
import { runService } from './app';
import { readSeed, type Seed, writeFirst } from './config/first';
import type { Config } from './config/schema';
import { certificateFile, fingerprintOf } from './console/certificate';
import { runConsole } from './console/console';
import type { FirstSite, SiteFacts } from './console/ports';
import { ConsoleRefusal } from './console/refusal';
import { consoleFolder, readSetUpCode } from './console/set-up-code';
import { consoleOptions } from './console-window';
import { messageOf } from './errors';
import { probeBroker } from './mqtt/client';
import { LogTail } from './runtime/log-tail';
import { createLogger } from './runtime/logger';
import { tellSystemd } from './runtime/systemd';
import { readConfig } from './site-config';
import { runOnTrial } from './trial';

export interface RunFlags {
  readonly config: string;
  readonly pretty?: boolean;
}

export async function run(
  { config: file, pretty = false }: RunFlags,
  version: string,
  signal: AbortSignal,
): Promise<void> {
  const systemd = tellSystemd(process.env, createLogger({ level: 'warn', pretty }));
  try {
    await setUpAndServe({ file, pretty, version }, signal);
  } finally {
    await systemd.stopping();
  }
}

async function setUpAndServe(
  { file, pretty, version }: { readonly file: string; readonly pretty: boolean; readonly version: string },
  signal: AbortSignal,
): Promise<void> {
  const logTail = new LogTail();
  const logOf = ({ level }: Config['log']) => createLogger({ level, pretty, tail: logTail.push });
  const seed = readSeed(file);
  if (seed !== undefined) await setUp(file, seed, { version, log: logOf(seed.log), signal });
  if (signal.aborted) return;
  await runOnTrial(file, () => readConfig(file), {
    run: (config, deps) => runService(config, { log: logOf(config.log), logTail, version, run: deps }),
    signal,
  });
}

/** Until the first configuration is written, or the signal aborts. */
async function setUp(
  file: string,
  { console: open, dataFolder }: Seed,
  { version, log, signal }: { version: string; log: ReturnType<typeof createLogger>; signal: AbortSignal },
): Promise<void> {
  if (open === null) {
    log.error({ file }, 'no configuration and no console to write one: see config/anqi.example.yaml');
    process.exitCode = 2;
    return;
  }
  log.warn({ file }, 'this box is not set up: no configuration yet');
  const done = new AbortController();
  let site: SiteFacts = { nodeId: '', name: '', timeZone: 'Asia/Shanghai' };
  const ports = {
    version,
    site: () => site,
    audit: ({ action, by, answer }: { action: string; by: string | null; answer: string }) =>
      log.info({ action, by, answer }, 'console'),
    firstConfiguration: async (wanted: FirstSite) => {
      if (wanted.broker !== undefined) await tryBroker(wanted.broker);
      const problem = write(file, wanted);
      if (problem !== undefined) throw new ConsoleRefusal('refused', problem);
      site = wanted;
    },
    onSetUp: () => done.abort(),
    service: null,
  };
  await runConsole(consoleOptions(open, dataFolder), { ports, log }, AbortSignal.any([signal, done.signal]));
}

const BROKER_TIMEOUT_MS = 8_000;

/** @throws ConsoleRefusal broker_…, so that a typing mistake is mended while the form is open */
async function tryBroker({ url, username, password }: NonNullable<FirstSite['broker']>): Promise<void> {
  const access = { ...(username === null ? {} : { username }), ...(password === null ? {} : { password }) };
  const state = await probeBroker({ url, protocolVersion: 5, ...access }, BROKER_TIMEOUT_MS);
  if ('reason' in state) throw new ConsoleRefusal(`broker_${state.kind}`, `${url}: ${state.reason}`);
}

function write(file: string, site: Parameters<typeof writeFirst>[1]): string | undefined {
  try {
    return writeFirst(file, site, process.env);
  } catch (error) {
    return `${file} cannot be written: ${messageOf(error)}`;
  }
}

/** What `anqi setup-code` prints. */
export interface FirstVisit {
  /** Undefined where the box has a login, or its service has not run yet. */
  readonly code: string | undefined;
  /** SHA-256 of the certificate that the browser will show; undefined without https. */
  readonly fingerprint: string | undefined;
}

export function firstVisit(file: string): FirstVisit {
  const { console: open, dataFolder } = readSeed(file) ?? readConfig(file);
  const tls = open?.tls;
  const own = certificateFile(consoleFolder(dataFolder));
  const certificate = tls === 'self_signed' ? own : tls?.certFile;
  return { code: readSetUpCode(dataFolder), fingerprint: certificate && readFingerprint(certificate) };
}

/** Makes none: whoever asks may not be the account that the service reads it with. */
function readFingerprint(file: string): string | undefined {
  try {
    return fingerprintOf(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
