/** An answer that is not what was asked for: a stable code, and words that say how to mend it. */
import { RecoverableError } from '../errors';
import type { ErrorCode } from './contract';

const STATUS: Readonly<Record<ErrorCode, number>> = {
  bad_request: 400,
  not_logged_in: 401,
  wrong_login: 401,
  wrong_code: 401,
  not_allowed: 403,
  foreign_origin: 403,
  not_found: 404,
  conflict: 409,
  too_many: 429,
  busy: 503,
  refused: 422,
  broker_unreachable: 422,
  broker_bad_credentials: 422,
  broker_refused: 422,
  broker_untrusted: 422,
  failed: 500,
};

export class ConsoleRefusal extends RecoverableError {
  constructor(
    readonly reason: ErrorCode,
    readonly detail: string,
    readonly retryAfterS?: number,
  ) {
    super(`console/${reason}`, detail);
  }

  get status(): number {
    return STATUS[this.reason];
  }
}
