/** What every handler of the console gets, and how it says who asks. */
import type { Account, Accounts } from './accounts';
import type { Input, Output, Role, RouteName } from './contract';
import type { Doors } from './doors';
import type { ConsolePorts, ServicePorts } from './ports';
import { ConsoleRefusal } from './refusal';
import type { KnownSession, Sessions } from './sessions';

export interface Asked {
  /** Address of the connection. */
  readonly from: string;
  /** Undefined only on open routes. */
  readonly session: KnownSession | undefined;
  readonly role: Role | undefined;
  /** Sets, or with null clears, the session cookie of the answer. */
  readonly setCookie: (token: string | null) => void;
  /** Runs when the answer has been sent. */
  readonly afterwards: (work: () => void) => void;
}

export type Handler<N extends RouteName> = (input: Input<N>, asked: Asked) => Output<N> | Promise<Output<N>>;
export type Handlers = { readonly [N in RouteName]: Handler<N> };

export interface HandlerParts {
  readonly dataFolder: string;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly doors: Doors;
  readonly ports: ConsolePorts;
  readonly now: () => number;
}

/** @throws ConsoleRefusal busy until the service is up */
export function serviceOf({ service }: ConsolePorts): ServicePorts {
  if (service === null) throw new ConsoleRefusal('busy', 'the service is starting');
  return service;
}

/** @throws ConsoleRefusal not_logged_in on an open route */
export function sessionIn({ session }: Asked): KnownSession {
  if (session === undefined) throw new ConsoleRefusal('not_logged_in', 'log in first');
  return session;
}

/** One row of the audit, in the name of whoever asks. */
export function note(
  { ports, now }: HandlerParts,
  action: string,
  { asked, detail }: { asked: Asked; detail: string },
): void {
  ports.audit({ atMs: now(), action, by: asked.session?.username ?? null, detail, answer: 'ok' });
}

/** Name and password, at the login and wherever they are asked for again. @throws ConsoleRefusal, wrong ones in the audit */
export async function enter(
  { doors, ports, now }: HandlerParts,
  { from }: Asked,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<Account> {
  try {
    return await doors.login(from, username, password);
  } catch (error) {
    if (error instanceof ConsoleRefusal && error.reason === 'wrong_login')
      ports.audit({ atMs: now(), action: 'console.login', by: username, detail: from, answer: error.reason });
    throw error;
  }
}
