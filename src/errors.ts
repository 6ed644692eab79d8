/**
 * Every error the service raises on purpose. The first question is whether trying again can help:
 * RecoverableError yes (the supervisor retries), FatalError no. `code` is stable and may be searched for.
 */
export abstract class AppError extends Error {
  abstract readonly recoverable: boolean;

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class RecoverableError extends AppError {
  override readonly recoverable = true;
}

export class FatalError extends AppError {
  override readonly recoverable = false;
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
