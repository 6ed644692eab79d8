/**
 * RTP as RFC 3550 and 3551 have it: the packets of one sender, its sender reports and what receivers report back. Pure but
 * for the random numbers with which a stream begins.
 */
import { randomInt } from 'node:crypto';

const VERSION = 0x80;
const MARKER = 0x80;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const CNAME = 1;
/** From 1900, where NTP counts from, to 1970. */
const NTP_EPOCH_S = 2_208_988_800;
const SPAN_32 = 2 ** 32;

/** Static payload types of RFC 3551. */
export const PCMU = 0;
export const PCMA = 8;

export interface Reception {
  /** Low 16 bits of the highest sequence number received. */
  readonly sequence: number;
  /** Share lost since the report before, 0–1. */
  readonly lostRatio: number;
}

/** One sender for as long as the speaker lives: receivers see one stream with pauses, not a new one for every sentence. */
export class RtpStream {
  readonly ssrc = randomInt(SPAN_32);
  #sequence = randomInt(2 ** 16);
  #timestamp = randomInt(SPAN_32);
  #isFirst = true;
  #endedAtMs: number | null = null;
  #packets = 0;
  #bytes = 0;

  /** `clockHz`: 8000 for G.711, 48000 for Opus whatever it carries (RFC 7587). */
  constructor(
    private readonly payloadType: number,
    private readonly clockHz: number,
  ) {}

  get lastSequence(): number {
    return (this.#sequence + 0xffff) & 0xffff;
  }

  /** Begins a sentence: the clock has gone on during the pause, and the first packet is marked (RFC 3551, 4.1). */
  begin(nowMs: number): void {
    const pauseMs = this.#endedAtMs === null ? 0 : nowMs - this.#endedAtMs;
    this.#advance(Math.round((pauseMs * this.clockHz) / 1000));
    this.#isFirst = true;
  }

  packet(payload: Buffer, { durationMs, nowMs }: { readonly durationMs: number; readonly nowMs: number }): Buffer {
    const packet = Buffer.allocUnsafe(12 + payload.length);
    packet[0] = VERSION;
    packet[1] = (this.#isFirst ? MARKER : 0) | this.payloadType;
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(this.#timestamp, 4);
    packet.writeUInt32BE(this.ssrc, 8);
    payload.copy(packet, 12);
    this.#isFirst = false;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#advance((durationMs * this.clockHz) / 1000);
    this.#packets += 1;
    this.#bytes += payload.length;
    this.#endedAtMs = nowMs + durationMs;
    return packet;
  }

  /** Sender report with the source's name; every compound packet has both. `nowMs` is the time of the next sample. */
  report(name: string, nowMs: number): Buffer {
    const sender = Buffer.alloc(28);
    writeRtcpHeader(sender, SENDER_REPORT, 0);
    sender.writeUInt32BE(this.ssrc, 4);
    sender.writeUInt32BE((Math.floor(nowMs / 1000) + NTP_EPOCH_S) % SPAN_32, 8);
    sender.writeUInt32BE(Math.floor(((nowMs % 1000) / 1000) * SPAN_32), 12);
    sender.writeUInt32BE(this.#timestamp, 16);
    sender.writeUInt32BE(this.#packets % SPAN_32, 20);
    sender.writeUInt32BE(this.#bytes % SPAN_32, 24);
    const cname = Buffer.from(name, 'utf8').subarray(0, 255);
    const description = Buffer.alloc(8 + Math.ceil((cname.length + 3) / 4) * 4); // ends with at least one zero
    writeRtcpHeader(description, SOURCE_DESCRIPTION, 1);
    description.writeUInt32BE(this.ssrc, 4);
    description[8] = CNAME;
    description[9] = cname.length;
    cname.copy(description, 10);
    return Buffer.concat([sender, description]);
  }

  #advance(units: number): void {
    this.#timestamp = (this.#timestamp + units) % SPAN_32;
  }
}

function writeRtcpHeader(packet: Buffer, type: number, count: number): void {
  packet[0] = VERSION | count;
  packet[1] = type;
  packet.writeUInt16BE(packet.length / 4 - 1, 2);
}

/** What a receiver says about the stream `ssrc` in an RTCP packet; null when nothing, or when it is no RTCP. */
export function receptionOf(compound: Buffer, ssrc: number): Reception | null {
  for (let at = 0; at + 8 <= compound.length; ) {
    const [first = 0, type = 0] = compound.subarray(at, at + 2);
    const end = at + 4 * (compound.readUInt16BE(at + 2) + 1);
    if ((first & 0xc0) !== VERSION || end > compound.length) return null;
    const blocks = type === RECEIVER_REPORT ? at + 8 : type === SENDER_REPORT ? at + 28 : end;
    for (let block = blocks, left = first & 0x1f; left > 0 && block + 24 <= end; block += 24, left -= 1) {
      if (compound.readUInt32BE(block) !== ssrc) continue;
      return { sequence: compound.readUInt16BE(block + 10), lostRatio: compound.readUInt8(block + 4) / 256 };
    }
    at = end;
  }
  return null;
}
