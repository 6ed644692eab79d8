/** Brokers of this machine for measurements and tests of many boxes: Debian's own programs on free loopback ports, without login. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../lib/ports';
import { LocalProcess } from './local-process';

export interface Broker extends AsyncDisposable {
  /** With its version. */
  readonly title: string;
  readonly protocolVersion: 4 | 5;
  /** Its processes; each listens for MQTT. */
  readonly nodes: readonly [LocalProcess, ...LocalProcess[]];
}

export type BrokerName = 'mosquitto' | 'rabbitmq' | 'nats';
type Maker = (folder: string) => Promise<Broker>;

const LEADER_MS = 60_000;

/** Persistent in `folder`. */
export const mosquitto: Maker = async (folder) => {
  const port = await freePort();
  const file = join(folder, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${folder}/`,
    'user root',
    // A subscriber that is slower than the backlog must lose nothing.
    'max_queued_messages 0',
  ];
  await writeFile(file, lines.join('\n'));
  const node = new LocalProcess(port, ['/usr/sbin/mosquitto', '-c', file]);
  return started(`Mosquitto ${await versionOf('/usr/sbin/mosquitto', '-h')}`, 5, [node]);
};

/** Three servers with JetStream: every message and session on all of them, so that one may go at any time. */
export const nats: Maker = async (folder) => {
  const made = async () => ({ cluster: await freePort(), mqtt: await freePort(), monitor: await freePort() });
  const ports = [await made(), await made(), await made()] as const;
  const routes = ports.map(({ cluster }) => `"nats://127.0.0.1:${cluster}"`).join(', ');
  const node = async (name: string, { cluster, mqtt, monitor }: (typeof ports)[number]) => {
    const file = join(folder, `${name}.conf`);
    const lines = [
      `server_name: ${name}`,
      'listen: "127.0.0.1:-1"',
      `http: "127.0.0.1:${monitor}"`,
      `jetstream { store_dir: "${join(folder, name)}" }`,
      `cluster { name: fleet, listen: "127.0.0.1:${cluster}", routes: [${routes}] }`,
      `mqtt { listen: "127.0.0.1:${mqtt}", stream_replicas: ${ports.length}, max_ack_pending: 1000 }`,
    ];
    await writeFile(file, lines.join('\n'));
    return new LocalProcess(mqtt, ['/usr/sbin/nats-server', '-c', file, '-l', `${file}.log`]);
  };
  const title = `NATS ${await versionOf('/usr/sbin/nats-server', '--version')}, ${ports.length} nodes`;
  const broker = await started(title, 4, [
    await node('n1', ports[0]),
    await node('n2', ports[1]),
    await node('n3', ports[2]),
  ]);
  await untilLed(ports.map(({ monitor }) => monitor));
  return broker;
};

/** One node with its MQTT plugin, and a name server of its own for Erlang. */
export const rabbitmq: Maker = async (folder) => {
  const [mqtt, epmdPort, distribution] = [await freePort(), await freePort(), await freePort()];
  const config = [
    'listeners.tcp = none',
    `mqtt.listeners.tcp.1 = 127.0.0.1:${mqtt}`,
    'mqtt.allow_anonymous = true',
    'mqtt.prefetch = 100',
    'loopback_users = none',
  ];
  await writeFile(join(folder, 'rabbitmq.conf'), config.join('\n'));
  await writeFile(join(folder, 'plugins'), '[rabbitmq_mqtt].');
  await writeFile(join(folder, 'env.conf'), '');
  await mkdir(join(folder, 'mnesia'));
  const version = await versionOf('dpkg-query', '-W', 'rabbitmq-server');
  const env = {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: folder,
    ERL_EPMD_PORT: String(epmdPort),
    RABBITMQ_NODENAME: `fleet${mqtt}@localhost`,
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_CONF_ENV_FILE: join(folder, 'env.conf'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    // Its start script then becomes the broker instead of waiting for it.
    RUNNING_UNDER_SYSTEMD: 'true',
  };
  const names = new LocalProcess(epmdPort, ['epmd', '-port', String(epmdPort), '-address', '127.0.0.1']);
  await names.start();
  const script = `/usr/lib/rabbitmq/lib/rabbitmq_server-${version}/sbin/rabbitmq-server`;
  const node = new LocalProcess(mqtt, [script], env);
  try {
    return await started(`RabbitMQ ${version}`, 4, [node], names);
  } catch (error) {
    await names.stop();
    throw error;
  }
};

export const BROKERS: Readonly<Record<BrokerName, Maker>> = { mosquitto, rabbitmq, nats };

async function started(
  title: string,
  protocolVersion: 4 | 5,
  nodes: Broker['nodes'],
  beside?: LocalProcess,
): Promise<Broker> {
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await beside?.stop();
  };
  try {
    await Promise.all(nodes.map((node) => node.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  return { title, protocolVersion, nodes, [Symbol.asyncDispose]: stop };
}

/** Before the servers have chosen who leads, they take no session. */
async function untilLed(monitors: readonly number[]): Promise<void> {
  const isLed = async (port: number): Promise<boolean> => {
    const answer = await fetch(`http://127.0.0.1:${port}/jsz`);
    const { meta_cluster: meta } = Object(await answer.json());
    return typeof meta?.leader === 'string' && meta.leader !== '' && meta.cluster_size === monitors.length;
  };
  const deadlineMs = Date.now() + LEADER_MS;
  while (!(await Promise.all(monitors.map(isLed))).every(Boolean)) {
    if (Date.now() > deadlineMs) throw new Error('the NATS servers found no leader');
    await sleep(200);
  }
}

async function versionOf(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args).catch((error: unknown) => Object(error));
  return /\d+\.\d+\.\d+/.exec(String(stdout))?.[0] ?? '';
}
