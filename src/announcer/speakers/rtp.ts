/**
 * A horn that listens to RTP, alone or in a multicast group. RTP itself gives no answer: playback is confirmed only where
 * the receiver sends RTCP reports that reach the end of the sentence.
 */
import dgram from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, RecoverableError } from '../../errors';
import { G711_RATE_HZ } from '../sound/g711';
import { FRAME_MS, faultOf, G711_FRAME_BYTES, g711Of, reported, type Verdict } from './network';
import { checkOpus, OPUS_CLOCK_HZ, opusOf } from './opus';
import { framesOf, Pacer, RTP_LEAD_MS } from './pacing';
import { PCMU, type Reception, RtpStream, receptionOf } from './rtp-stream';
import type { PlayableSound, Playback, Speaker } from './speaker';

export interface RtpSpeakerOptions {
  /** IP address or name; 224.0.0.0–239.255.255.255 or ff00::/8 is a multicast group. */
  readonly host: string;
  /** Of RTP; RTCP goes to the next one. */
  readonly port: number;
  readonly codec: 'pcmu' | 'opus';
  /** Dynamic payload type of Opus, 96–127. */
  readonly payloadType: number;
  /** How many routers a multicast packet may pass. */
  readonly ttl: number;
  /** Address of the network card for multicast; the system's choice when absent. */
  readonly interface?: string | undefined;
}

/** RFC 3550 asks for a report at least every 5 s. */
const REPORT_EVERY_FRAMES = 5000 / FRAME_MS;
/** A receiver that reports at all does so soon after a sender report; those that never did are not waited for. */
const RECEIVER_LIMIT_MS = 500;
/** More than this lost is heard as gaps. */
const MAX_LOST_RATIO = 0.05;

export class RtpSpeaker implements Speaker {
  readonly #stream: RtpStream;
  #hasReported = false;

  constructor(private readonly options: RtpSpeakerOptions) {
    this.#stream =
      options.codec === 'opus' ? new RtpStream(options.payloadType, OPUS_CLOCK_HZ) : new RtpStream(PCMU, G711_RATE_HZ);
  }

  get description(): string {
    const { host, port, codec } = this.options;
    return `rtp ${host}:${port} ${codec}`;
  }

  check(signal: AbortSignal): Promise<string | null> {
    return faultOf(async () => {
      if (this.options.codec === 'opus') await checkOpus(signal);
      (await this.#connect()).close();
    }, signal);
  }

  play(sound: PlayableSound, signal: AbortSignal): Promise<Playback> {
    return reported(async (onStart) => {
      const frames =
        this.options.codec === 'opus'
          ? await opusOf(sound, signal)
          : framesOf(await g711Of(sound, 'mu'), G711_FRAME_BYTES);
      const line = await this.#connect();
      try {
        await this.#send(frames, { line, onStart }, signal);
        return await this.#verdict(line, signal);
      } finally {
        line.close();
      }
    }, signal);
  }

  async #send(
    frames: readonly Buffer[],
    { line, onStart }: { readonly line: Line; readonly onStart: () => void },
    signal: AbortSignal,
  ): Promise<void> {
    const pacer = new Pacer({ frameMs: FRAME_MS, leadMs: RTP_LEAD_MS });
    const name = `anqi@${hostname()}`;
    this.#stream.begin(Date.now());
    onStart();
    let count = 0;
    for await (const frame of pacer.frames(frames, signal)) {
      if (count % REPORT_EVERY_FRAMES === 0) line.sendControl(this.#stream.report(name, Date.now()));
      line.send(this.#stream.packet(frame, { durationMs: FRAME_MS, nowMs: Date.now() }));
      line.throwIfRefused();
      count += 1;
    }
    line.sendControl(this.#stream.report(name, Date.now()));
    await pacer.heardOut(signal);
    line.throwIfRefused();
  }

  async #verdict(line: Line, signal: AbortSignal): Promise<Verdict> {
    const last = this.#stream.lastSequence;
    this.#hasReported ||= line.reception() !== null;
    if (this.#hasReported) await line.reports(last, signal);
    const reception = line.reception();
    if (reception === null) {
      return { playback: 'unconfirmed', reason: 'rtp_no_answer: RTP gives no answer', proof: null };
    }
    const { sequence, lostRatio } = reception;
    if (sequence === last && lostRatio <= MAX_LOST_RATIO) {
      return { playback: 'confirmed', reason: null, proof: 'receiver_report' };
    }
    const missing = (last - sequence) & 0xffff;
    const lost = Math.round(lostRatio * 100);
    const reason = `rtp_lost: the receiver's last report is ${missing} packets short and counts ${lost} % lost`;
    return { playback: 'unconfirmed', reason, proof: null };
  }

  /** @throws RecoverableError `unreachable` */
  async #connect(): Promise<Line> {
    const line = new Line(this.options, this.#stream.ssrc);
    try {
      await line.open();
      return line;
    } catch (error) {
      line.close();
      throw new RecoverableError('unreachable', `${this.options.host}: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** Two sockets: sound goes out of one, reports go out of and come in to the other. */
class Line {
  readonly #sound: dgram.Socket;
  readonly #control: dgram.Socket;
  #fault: Error | null = null;
  #reception: Reception | null = null;

  constructor(
    private readonly options: RtpSpeakerOptions,
    ssrc: number,
  ) {
    const type = isIPv6(options.host) ? 'udp6' : 'udp4';
    this.#sound = dgram.createSocket(type);
    this.#control = dgram.createSocket(type);
    // A receiver may take sound and refuse control; sound that is refused is heard by nobody.
    this.#sound.on('error', (error) => {
      this.#fault ??= error;
    });
    this.#control.on('error', () => undefined);
    this.#control.on('message', (packet) => {
      this.#reception = receptionOf(packet, ssrc) ?? this.#reception;
    });
  }

  /** Connected, so that the system tells when nobody listens there. */
  async open(): Promise<void> {
    const { host, port } = this.options;
    for (const socket of [this.#sound, this.#control]) {
      socket.bind(0);
      await once(socket, 'listening');
      socket.setMulticastTTL(this.options.ttl);
      if (this.options.interface !== undefined) socket.setMulticastInterface(this.options.interface);
    }
    this.#sound.connect(port, host);
    await once(this.#sound, 'connect');
  }

  send(packet: Buffer): void {
    this.#sound.send(packet);
  }

  sendControl(packet: Buffer): void {
    this.#control.send(packet, this.options.port + 1, this.options.host, () => undefined);
  }

  throwIfRefused(): void {
    if (this.#fault === null) return;
    const { host, port } = this.options;
    const message = `nobody listens at ${host}:${port}: ${this.#fault.message}`;
    throw new RecoverableError('unreachable', message, { cause: this.#fault });
  }

  reception(): Reception | null {
    return this.#reception;
  }

  /** Waits a while for the report on packet `sequence`. */
  async reports(sequence: number, signal: AbortSignal): Promise<void> {
    const giveUpAtMs = performance.now() + RECEIVER_LIMIT_MS;
    while (this.#reception?.sequence !== sequence && performance.now() < giveUpAtMs) {
      await delay(FRAME_MS, undefined, { signal });
    }
  }

  close(): void {
    for (const socket of [this.#sound, this.#control]) socket.close();
  }
}
