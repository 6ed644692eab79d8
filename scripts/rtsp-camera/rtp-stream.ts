/** One RTP stream out of several showings, as a camera whose encoder is set anew goes on with its own (RFC 3550 §5.1). */

const RTP_CHANNEL = 0;
/** Of 90 kHz: what lies between the last picture of one showing and the first of the next. */
const PICTURE_TICKS = 3_600;

export class RtpStream {
  #sequence = 0;
  #timestamp = 0;
  #source: number | undefined;
  #shift = 0;
  #joins: 'never' | 'next' | 'joined' = 'never';

  /** From the next packet on another showing is shown. */
  join(): void {
    this.#joins = 'next';
  }

  /** Renumbers a packet in place. @returns false for one that is better left out: reports whose numbers hold no more */
  take(channel: number, packet: Buffer): boolean {
    if (channel !== RTP_CHANNEL) return this.#joins === 'never';
    if (this.#joins === 'next') {
      this.#shift = this.#timestamp + PICTURE_TICKS - packet.readUInt32BE(4);
      this.#joins = 'joined';
    }
    if (this.#joins === 'joined') {
      packet.writeUInt16BE((this.#sequence + 1) & 0xffff, 2);
      packet.writeUInt32BE((packet.readUInt32BE(4) + this.#shift) >>> 0, 4);
      packet.writeUInt32BE(this.#source ?? 0, 8);
    }
    this.#sequence = packet.readUInt16BE(2);
    this.#timestamp = packet.readUInt32BE(4);
    this.#source ??= packet.readUInt32BE(8);
    return true;
  }
}
