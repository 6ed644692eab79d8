/** Finds ONVIF cameras on the local network (WS-Discovery): one question to everybody, answers for three seconds. */
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { textOf } from './xml';

export interface FoundCamera {
  readonly address: string;
  /** Its device service. */
  readonly service: string;
  readonly name: string;
  readonly hardware: string;
}

export interface SearchOptions {
  /** Whom to ask; everybody (the group of WS-Discovery) unless given. */
  readonly to?: { readonly address: string; readonly port: number };
  readonly listenMs?: number;
}

const GROUP = { address: '239.255.255.250', port: 3702 };
const LISTEN_MS = 3_000;
const MAX_FOUND = 64;
/** An unreliable network may lose the first. */
const QUESTIONS = 2;

export async function findOnvifCameras(options: SearchOptions, signal: AbortSignal): Promise<readonly FoundCamera[]> {
  const { address, port } = options.to ?? GROUP;
  const listenMs = options.listenMs ?? LISTEN_MS;
  const found = new Map<string, FoundCamera>();
  const socket = createSocket('udp4');
  try {
    socket.on('message', (message, { address: from }) => {
      const camera = cameraIn(message.toString('utf8'), from);
      if (camera !== undefined && found.size < MAX_FOUND) found.set(camera.service, camera);
    });
    socket.bind(0);
    await once(socket, 'listening', { signal });
    const question = Buffer.from(probe());
    for (let asked = 0; asked < QUESTIONS; asked++) {
      socket.send(question, port, address, () => undefined);
      await sleep(listenMs / QUESTIONS, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    socket.close();
  }
  return [...found.values()].sort((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }));
}

/** One ProbeMatch; whoever answered is where it can be reached, whatever else it lists. */
export function cameraIn(xml: string, from: string): FoundCamera | undefined {
  const addresses = textOf(xml, 'XAddrs')?.split(/\s+/) ?? [];
  const http = addresses.filter((one) => /^https?:\/\//i.test(one) && URL.canParse(one));
  const service = http.find((one) => new URL(one).hostname === from) ?? http[0];
  if (service === undefined) return undefined;
  const scopes = textOf(xml, 'Scopes') ?? '';
  const scope = (name: string): string => {
    const [, value = ''] = new RegExp(`onvif://www\\.onvif\\.org/${name}/(\\S+)`, 'i').exec(scopes) ?? [];
    return decoded(value).slice(0, 100);
  };
  return { address: new URL(service).hostname, service, name: scope('name'), hardware: scope('hardware') };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function probe(): string {
  return `<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header><w:MessageID>uuid:${randomUUID()}</w:MessageID><w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To><w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header><e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>`;
}
