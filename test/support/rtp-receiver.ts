/** A horn that listens to RTP on loopback: two UDP sockets, which keep what arrives and report back when told to. */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export interface ReceivedPacket {
  readonly version: number;
  readonly isMarked: boolean;
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

export interface RtpReceiverOptions {
  /** Joined on loopback. */
  readonly group?: string;
  /** Answers every sender report: `all` was received, or so many 256ths of it were lost. */
  readonly reports?: 'all' | number;
}

const LIMIT_MS = 20_000;

export class RtpReceiver implements AsyncDisposable {
  readonly packets: ReceivedPacket[] = [];
  readonly controls: Buffer[] = [];

  private constructor(
    private readonly sound: dgram.Socket,
    private readonly control: dgram.Socket,
    private readonly reports: RtpReceiverOptions['reports'],
  ) {
    sound.on('message', (message) => this.packets.push(parsed(message)));
    control.on('message', (message, { port, address }) => {
      this.controls.push(message);
      const last = this.packets.at(-1);
      if (last !== undefined && this.reports !== undefined) control.send(this.#report(last), port, address);
    });
  }

  static async start({ group, reports }: RtpReceiverOptions = {}): Promise<RtpReceiver> {
    const [sound, control] = await pairOfSockets();
    if (group !== undefined) {
      sound.addMembership(group, '127.0.0.1');
      control.addMembership(group, '127.0.0.1');
    }
    return new RtpReceiver(sound, control, reports);
  }

  get port(): number {
    return this.sound.address().port;
  }

  /** All sound of one sender in the order of its sequence numbers. */
  sequel(from = 0): Buffer {
    return Buffer.concat(this.packets.slice(from).map(({ payload }) => payload));
  }

  async received(count: number): Promise<void> {
    const giveUpAtMs = performance.now() + LIMIT_MS;
    while (this.packets.length < count) {
      if (performance.now() > giveUpAtMs) throw new Error(`${this.packets.length} of ${count} packets arrived`);
      await delay(5);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of [this.sound, this.control]) {
      socket.close();
      await once(socket, 'close');
    }
  }

  /** RFC 3550, 6.4.2. */
  #report(last: ReceivedPacket): Buffer {
    const report = Buffer.alloc(32);
    report.writeUInt32BE(0x81c90007, 0);
    report.writeUInt32BE(0xcafe, 4);
    report.writeUInt32BE(last.ssrc, 8);
    report[12] = this.reports === 'all' || this.reports === undefined ? 0 : this.reports;
    report.writeUInt32BE(0x10000 + last.sequence, 16);
    return report;
  }
}

/** RTP on a free port whose neighbour is free as well. */
export async function pairOfSockets(): Promise<[dgram.Socket, dgram.Socket]> {
  for (let tries = 1; ; tries += 1) {
    const sound = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    const control = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    try {
      sound.bind(0);
      await once(sound, 'listening');
      control.bind(sound.address().port + 1);
      await once(control, 'listening');
      return [sound, control];
    } catch (error) {
      sound.close();
      control.close();
      if (tries === 20) throw error;
    }
  }
}

function parsed(packet: Buffer): ReceivedPacket {
  const [first = 0, second = 0] = packet;
  if ((first & 0x3f) !== 0) throw new Error('padding, extension or contributing sources were not expected');
  return {
    version: first >> 6,
    isMarked: second >= 0x80,
    payloadType: second & 0x7f,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    payload: packet.subarray(12),
  };
}
