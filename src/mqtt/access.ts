/** How a broker is reached, and what a failure to reach it means. */
import { readFile } from 'node:fs/promises';
import { FatalError, messageOf } from '../errors';
import { redactUrlCredentials } from '../runtime/redact';

/** How to reach a broker and be let in. */
export interface BrokerAccess {
  /** mqtt: mqtts: ws: or wss: URL. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM file of the authority that signed the broker's certificate; the system's authorities otherwise. */
  readonly caFile?: string;
  /** PEM files by which the broker knows this box. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** TLS application protocol. */
  readonly alpn?: string;
  /** 5, or 4 for MQTT 3.1.1. */
  readonly protocolVersion: 4 | 5;
}

export type BrokerState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'online' }
  | { readonly kind: 'unreachable' | 'bad_credentials' | 'refused' | 'untrusted'; readonly reason: string }
  | { readonly kind: 'stopped' };

const BROKER_URL = /^(mqtts?|wss?):\/\/[^/\s]+/i;
/** A longer packet is none for us: an MQTT 5 broker keeps it back. */
const MAX_PACKET_BYTES = 1024 * 1024;

/** What mqtt.js takes. @throws FatalError `mqtt/bad-url` | `mqtt/bad-file` */
export async function accessOptions(access: BrokerAccess) {
  const { url, username, password, caFile, certFile, keyFile, alpn, protocolVersion } = access;
  // mqtt.js would take an unknown scheme for mqtt.
  if (!BROKER_URL.test(url)) {
    const shown = redactUrlCredentials(url);
    throw new FatalError(
      'mqtt/bad-url',
      `${shown} is no broker URL: use mqtt://, mqtts://, ws:// or wss:// and a host`,
    );
  }
  return {
    protocolVersion,
    clean: true,
    ...(protocolVersion === 5 ? { properties: { maximumPacketSize: MAX_PACKET_BYTES } } : {}),
    queueQoSZero: false,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(caFile === undefined ? {} : { ca: await readPem('CA', caFile) }),
    ...(certFile === undefined ? {} : { cert: await readPem('certificate', certFile) }),
    ...(keyFile === undefined ? {} : { key: await readPem('key', keyFile) }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [alpn] }),
  };
}

async function readPem(what: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new FatalError(
      'mqtt/bad-file',
      `cannot read the ${what} file of the broker connection: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** MQTT 3.1.1 §3.2.2.3 (4, 5) and MQTT 5 §3.2.2.2 (0x86, 0x87, 0x8c). */
const CREDENTIAL_CODES = new Set([4, 5, 0x86, 0x87, 0x8c]);
const TLS_CODES = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS|ERR_SSL/;

/** Why there is no connection, from the last error of the attempt. */
export function stateOf(error: unknown): BrokerState {
  if (error === undefined) return { kind: 'unreachable', reason: 'the broker closed the connection' };
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  // Several addresses of one host fail as one error without a message of its own.
  const reason = redactUrlCredentials(messageOf(error) || String(code));
  if (code === 1 || code === 0x84)
    return { kind: 'refused', reason: `${reason}: set the other protocolVersion (4 or 5)` };
  if (typeof code === 'number') return { kind: CREDENTIAL_CODES.has(code) ? 'bad_credentials' : 'refused', reason };
  return { kind: TLS_CODES.test(String(code)) ? 'untrusted' : 'unreachable', reason };
}
