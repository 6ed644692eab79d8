/**
 * Takes requests from the wire, in this order: not too many, not too long, not retained, readable, known, allowed, its
 * parameters right, not asked before. Only then it is carried out, one at a time. Whatever fails is answered and changes nothing.
 */
import { messageOf, RecoverableError } from '../errors';
import { isDeeper } from '../runtime/nesting';
import type { Incoming } from './client';
import {
  type Answer,
  CHANGING,
  COMMANDS,
  type CommandName,
  type ErrorCode,
  errorAnswer,
  isCommand,
  MAX_REQUEST_BYTES,
  requestEnvelope,
} from './commands';

/** Why a command that was understood is not carried out; the code is the answer's. */
export class Refusal extends RecoverableError {
  constructor(
    readonly answerCode: ErrorCode,
    message: string,
  ) {
    super(`command/${answerCode}`, message);
  }
}

/** One row of the audit. */
export interface AuditEntry {
  readonly atMs: number;
  readonly command: string;
  readonly transaction: string | null;
  readonly by: string | null;
  readonly params: string;
  readonly answer: Answer;
}

export interface Asked {
  readonly transaction: string;
  readonly by: string | null;
  /** The command as the asker's topic spells it: the answer goes out in the same spelling. Absent where nobody asked by MQTT. */
  readonly spelling?: string;
}

export interface DeskParts {
  readonly allowed: readonly CommandName[];
  /** Resolves with the answer's data, or with null when the answer is given later, by somebody else. Throws Refusal. */
  readonly carryOut: (name: CommandName, params: unknown, asked: Asked) => Promise<object | null>;
  /** `spelling` is the last level of the topic that the answer belongs on. */
  readonly send: (spelling: string, answer: Answer) => void;
  readonly audit: (entry: AuditEntry) => void;
  /** What was answered to this transaction of a command before. */
  readonly earlier: (command: string, transaction: string) => Answer | undefined;
  readonly now: () => number;
}

interface Request {
  readonly name: CommandName;
  readonly params: unknown;
  readonly asked: Required<Asked>;
}

interface Fault {
  readonly transaction: string | null;
  readonly code: ErrorCode;
  readonly detail: string;
}

/** A person at a console is never that quick; a program gone wild is. */
const BURST = 20;
const REFILL_PER_S = 2;
const MAX_WAITING = 16;
/** Whoever goes into a value by recursion comes back from so deep. */
const MAX_DEPTH = 64;
/** What of a request is kept in the audit. */
const AUDITED_CHARS = 2_000;

export class CommandDesk {
  readonly #parts: DeskParts;
  #tokens = BURST;
  #refilledAtMs: number | undefined;
  #hasToldLimit = false;
  #waiting = 0;
  #tail: Promise<void> = Promise.resolve();
  readonly #running = new Set<string>();

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** @param spelling the command as the topic names it: `event.replay`, or `event-replay` for a broker that refuses dots */
  take(spelling: string, message: Pick<Incoming, 'payload' | 'isRetained'>): void {
    const dotted = spelling.replaceAll('-', '.');
    const [command, named] = isCommand(dotted) ? [dotted, spelling] : [spelling, 'unknown'];
    if (!this.#mayAsk()) {
      if (!this.#hasToldLimit) this.#parts.send(named, errorAnswer(null, 'rate_limited', `${REFILL_PER_S} a second`));
      this.#hasToldLimit = true;
      return;
    }
    this.#hasToldLimit = false;
    const request = this.#read(spelling, command, message);
    if ('code' in request) this.#refuse({ spelling: named, command, ...request });
    else this.#enqueue(request);
  }

  /** Resolves when everything taken so far has been answered. */
  settled(): Promise<void> {
    return this.#tail;
  }

  #read(
    spelling: string,
    command: string,
    { payload, isRetained }: Pick<Incoming, 'payload' | 'isRetained'>,
  ): Request | Fault {
    const fault = (transaction: string | null, code: ErrorCode, detail: string) => ({ transaction, code, detail });
    if (payload.byteLength > MAX_REQUEST_BYTES) {
      return fault(null, 'too_long', `${payload.byteLength} bytes, at most ${MAX_REQUEST_BYTES}`);
    }
    if (isRetained) return fault(null, 'retained', 'publish it without the retain flag');
    const value = parse(payload);
    if (isDeeper(value, MAX_DEPTH)) return fault(null, 'malformed', `nested more than ${MAX_DEPTH} levels deep`);
    const envelope = requestEnvelope.safeParse(value);
    if (!envelope.success) return fault(null, 'malformed', issuesOf(envelope.error));
    const { transaction, by, params } = envelope.data;
    if (!isCommand(command)) return fault(transaction, 'unknown_command', command.slice(0, 100));
    if (!this.#parts.allowed.includes(command)) {
      return fault(transaction, 'not_allowed', `mqtt.commands lacks ${command}`);
    }
    const read = COMMANDS[command].params.safeParse(params ?? {});
    if (!read.success) return fault(transaction, 'bad_params', issuesOf(read.error));
    return { name: command, params: read.data, asked: { transaction, by: by ?? null, spelling } };
  }

  #enqueue({ name: command, params, asked }: Request): void {
    const { transaction, spelling } = asked;
    const key = `${command} ${transaction}`;
    let earlier: Answer | undefined;
    try {
      earlier = CHANGING.has(command) ? this.#parts.earlier(command, transaction) : undefined;
    } catch (error) {
      // Whether it was carried out before cannot be known: not a second time.
      this.#refuse({ spelling, command, transaction, code: 'failed', detail: messageOf(error) });
      return;
    }
    if (earlier !== undefined) {
      this.#parts.send(spelling, earlier);
      return;
    }
    // Asked again while the first is under way: one answer is enough.
    if (this.#running.has(key)) return;
    if (this.#waiting >= MAX_WAITING) {
      this.#refuse({ spelling, command, transaction, code: 'busy', detail: `${MAX_WAITING} requests wait` });
      return;
    }
    this.#waiting += 1;
    this.#running.add(key);
    this.#tail = this.#tail.then(async () => {
      const answer = await this.#answerTo(command, params, asked);
      this.#waiting -= 1;
      if (answer !== null) this.#close({ command, params, asked, answer });
      this.#running.delete(key);
    });
  }

  async #answerTo(command: CommandName, params: unknown, asked: Asked): Promise<Answer | null> {
    const { transaction } = asked;
    try {
      const data = await this.#parts.carryOut(command, params, asked);
      return data === null ? null : { status: 'ok', transaction, data: COMMANDS[command].data.parse(data) };
    } catch (error) {
      const code = error instanceof Refusal ? error.answerCode : 'failed';
      return errorAnswer(transaction, code, messageOf(error));
    }
  }

  #close(done: { command: CommandName; params: unknown; asked: Required<Asked>; answer: Answer }): void {
    const { command, params, asked, answer } = done;
    const { spelling, ...who } = asked;
    const text = JSON.stringify(params).slice(0, AUDITED_CHARS);
    this.#parts.audit({ atMs: this.#parts.now(), command, ...who, params: text, answer });
    this.#parts.send(spelling, answer);
  }

  #refuse(refused: Fault & { readonly spelling: string; readonly command: string }): void {
    const { spelling, transaction, code, detail } = refused;
    const answer = errorAnswer(transaction, code, detail);
    const command = refused.command.slice(0, 100);
    this.#parts.audit({ atMs: this.#parts.now(), command, transaction, by: null, params: '', answer });
    this.#parts.send(spelling, answer);
  }

  #mayAsk(): boolean {
    const nowMs = this.#parts.now();
    const passedS = Math.max(0, nowMs - (this.#refilledAtMs ?? nowMs)) / 1000;
    this.#refilledAtMs = nowMs;
    this.#tokens = Math.min(BURST, this.#tokens + passedS * REFILL_PER_S);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    return undefined;
  }
}

function issuesOf({
  issues,
}: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}): string {
  return issues.map(({ path, message }) => `${path.map(String).join('.') || 'request'}: ${message}`).join('; ');
}
