/**
 * The demonstration: an embedded broker, an embedded camera that shows the junction film, and the real service against
 * both, told step by step. Everything it writes is under demo-output/.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { connectAsync } from 'mqtt';
import { type IncidentEvent, incidentEvent } from '../../src/mqtt/events';
import { canGuard } from '../../src/runtime/guarded-child';
import { RtspCamera } from '../rtsp-camera/rtsp-camera';
import { eventLine, seenLine } from './story';

const ROOT = join(__dirname, '../../..');
const OUTPUT = join(ROOT, 'demo-output');
const SERVICE = join(ROOT, 'scripts/anqi');
const FILM = join(ROOT, 'test/clips/junction-demo.mp4');
const NODE_ID = 'demo';
/** The usual port when it is free, so that the printed command is the one people know. */
const MQTT_PORT = 1883;
/** The film takes about 75 s; an incident whose outcome is still open after four turns of it will not come. */
const ONCE_LIMIT_MS = 300_000;
const STOP_LIMIT_MS = 10_000;
const THANKS_LIMIT_MS = 8_000;

interface Flags {
  readonly once?: boolean;
  readonly json?: boolean;
}

async function main(flags: Flags): Promise<number> {
  await prepareOutput();
  const broker = await startBroker();
  const camera = await RtspCamera.start({ film: FILM });
  const config = join(OUTPUT, 'anqi.yaml');
  await writeFile(config, demoConfig(camera.url, broker.port));
  const seen = new Map<number, string>();
  const events: IncidentEvent[] = [];
  const ended = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => ended.abort('interrupted'));
  const service = startService(config, { seen, onExit: (reason) => ended.abort(reason) });
  const subscriber = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
  await subscriber.subscribeAsync(`anqi/v1/${NODE_ID}/camera/+/event/+`, { qos: 1 });
  introduce(broker.port);
  subscriber.on('message', (_topic, payload) => {
    const event = incidentEvent.parse(JSON.parse(payload.toString('utf8')));
    events.push(event);
    tell(event, seen);
    if (flags.once !== true) return;
    if (isKnownOutcome(event)) sleep(isThanked(event) ? THANKS_LIMIT_MS : 0).then(() => ended.abort('known'));
    if (event.type === 'cn.anqi.helmet.prompt.v1' && event.data.prompt.phrase === 'thanks') ended.abort('known');
  });
  if (flags.once === true) sleep(ONCE_LIMIT_MS, undefined, { ref: false }).then(() => ended.abort('no outcome'));
  if (!ended.signal.aborted) await once(ended.signal, 'abort');
  await stopService(service);
  await subscriber.endAsync(true);
  await camera[Symbol.asyncDispose]();
  await broker.close();
  await conclude(events, flags);
  const { reason } = ended.signal;
  if (reason === 'known' || reason === 'interrupted') return 0;
  process.stderr.write(`demo ended: ${String(reason)}; see ${join(OUTPUT, 'service.log')}\n`);
  return 1;
}

/** The sounds rendered before stay: they make the next start quick. */
async function prepareOutput(): Promise<void> {
  await mkdir(join(OUTPUT, 'data'), { recursive: true });
  const stale = ['spoken', 'data/evidence', 'data/outbox.db', 'data/outbox.db-wal', 'data/outbox.db-shm'];
  await Promise.all(stale.map((name) => rm(join(OUTPUT, name), { recursive: true, force: true })));
}

async function startBroker(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { Aedes } = await import('aedes');
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  const port = await listen(server, MQTT_PORT).catch(() => listen(server, 0));
  return {
    port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await closed;
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : port;
}

function demoConfig(cameraUrl: string, mqttPort: number): string {
  return `# Written by the demonstration. The manual of every key is config/anqi.example.yaml.
version: 1
node: { id: ${NODE_ID}, name: Demo junction 演示路口 }
dataFolder: ${JSON.stringify(join(OUTPUT, 'data'))}
console: null
log: { level: debug }
mqtt: { url: "mqtt://127.0.0.1:${mqttPort}", protocolVersion: 4 } # the embedded broker speaks MQTT 3.1.1
cameras:
  - { id: east, url: ${JSON.stringify(cameraUrl)}, speaker: horn }
speakers:
  - { id: horn, kind: folder, folder: ${JSON.stringify(join(OUTPUT, 'spoken'))} }
prompts: { quietHours: null }
`;
}

/** The service as a process of its own, exactly as it runs at a junction; its log goes to a file. */
function startService(
  config: string,
  deps: { seen: Map<number, string>; onExit: (reason: string) => void },
): ChildProcess {
  // However this process ends, the service ends with it.
  const guard = canGuard() ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];
  const [program = SERVICE, ...args] = [...guard, SERVICE, 'run', '--config', config];
  const service = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C reaches the whole group; the service is stopped by us, in order.
    detached: true,
  });
  const log = createWriteStream(join(OUTPUT, 'service.log'));
  service.on('error', (error) => deps.onExit(error.message));
  service.on('exit', (code) => deps.onExit(`the service exited with code ${code}`));
  if (service.stderr !== null) {
    createInterface({ input: service.stderr }).on('line', (line) => {
      log.write(`${line}\n`);
      noteSeen(line, deps.seen);
    });
  }
  return service;
}

/** Riders without an incident make no events; the log tells when each was first seen. */
function noteSeen(line: string, seen: Map<number, string>): void {
  if (!line.includes('"rider seen"')) return;
  const { trackId, camera, at }: Record<string, unknown> = JSON.parse(line);
  if (typeof trackId === 'number')
    seen.set(trackId, seenLine(String(at).slice(11, 19), { trackId, camera: String(camera) }));
}

function tell(event: IncidentEvent, seen: Map<number, string>): void {
  if (event.type === 'cn.anqi.helmet.violation.v1') {
    const { trackId } = event.data.vehicle;
    const first = seen.get(trackId);
    if (first !== undefined) process.stdout.write(`${first}\n`);
    seen.delete(trackId);
  }
  process.stdout.write(`${eventLine(event)}\n`);
}

function isKnownOutcome(event: IncidentEvent): boolean {
  return event.type === 'cn.anqi.helmet.outcome.v1' && !event.data.outcome.result.startsWith('unknown');
}

/** Whoever put the helmet on when asked is thanked; that is heard out. */
function isThanked(event: IncidentEvent): boolean {
  if (event.type !== 'cn.anqi.helmet.outcome.v1') return false;
  const { result, afterPrompt } = event.data.outcome;
  return result === 'corrected' && afterPrompt > 0;
}

function introduce(port: number): void {
  process.stdout.write(
    [
      'Anqi 安骑 · demonstration 演示 (Ctrl-C ends it 按 Ctrl-C 结束)',
      `  events 事件    mosquitto_sub -h 127.0.0.1 -p ${port} -t 'anqi/v1/#' -v`,
      `  spoken 语音    ${join(OUTPUT, 'spoken')}/*.wav`,
      `  evidence 取证  ${join(OUTPUT, 'data/evidence')}/<day>/ (*.jpg, *.mp4)`,
      `  log 日志       ${join(OUTPUT, 'service.log')}`,
      '',
    ].join('\n'),
  );
}

async function stopService(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return;
  const exited = once(service, 'exit');
  service.kill('SIGTERM');
  const isOut = await Promise.race([exited.then(() => true), sleep(STOP_LIMIT_MS, false, { ref: false })]);
  if (!isOut) {
    service.kill('SIGKILL');
    await exited;
  }
}

async function conclude(events: readonly IncidentEvent[], flags: Flags): Promise<void> {
  const wavs = await filesBelow(join(OUTPUT, 'spoken'));
  const evidence = await filesBelow(join(OUTPUT, 'data/evidence'));
  const incidents = events.flatMap((event) => (event.type === 'cn.anqi.helmet.outcome.v1' ? [event.data] : []));
  process.stdout.write(
    `${events.length} events, ${wavs.length} spoken prompts, ${evidence.length} pieces of evidence in ${OUTPUT}\n`,
  );
  if (flags.json === true)
    process.stdout.write(`${JSON.stringify({ incidents, events: events.length, wavs, evidence })}\n`);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const program = new Command('scripts/demo')
  .description('A junction on this machine: camera, broker and the real service. 在本机演示一个路口')
  .option('--once', 'end after the first incident whose outcome is known 首个事件有结果后结束')
  .option('--json', 'print a JSON summary on the last line 最后一行输出 JSON');
program.parse();
main(program.opts<Flags>()).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
