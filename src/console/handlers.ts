/** What each route does. Each gets what it needs parsed, and answers plain data or throws a ConsoleRefusal. */
import { strToU8, zipSync } from 'fflate';
import { readBox } from './box';
import { cameraHandlers } from './camera-handlers';
import { configHandlers } from './config-handlers';
import type { Output, Role } from './contract';
import { figuresCsv } from './figures-csv';
import { type Asked, enter, type HandlerParts, type Handlers, note, serviceOf, sessionIn } from './handler';
import { incidentHandlers } from './incident-handlers';
import { openapi } from './openapi';
import type { ConsolePorts } from './ports';
import { recordingHandlers } from './recording-handlers';
import { ConsoleRefusal } from './refusal';
import type { KnownSession } from './sessions';

const AUDIT_ROWS = 500;

type EntryName = 'status' | 'setUp' | 'login' | 'session' | 'logout' | 'changePassword';

export function handlersOf(parts: HandlerParts): Handlers {
  return {
    ...entryHandlers(parts),
    ...accountHandlers(parts),
    ...serviceHandlers(parts),
    ...cameraHandlers(parts),
    ...configHandlers(parts),
    ...incidentHandlers(parts),
    ...recordingHandlers(parts),
  };
}

function entryHandlers(parts: HandlerParts): Pick<Handlers, EntryName> {
  const { accounts, sessions, doors, ports, now } = parts;
  const begin = (username: string, role: Role, asked: Asked): Output<'session'> => {
    const { token, session } = sessions.begin(username);
    asked.setCookie(token);
    return sessionOf(session, role, ports);
  };
  const audit = (action: string, by: string, asked: Asked): void =>
    ports.audit({ atMs: now(), action, by, detail: asked.from, answer: 'ok' });
  return {
    status: () => ({
      state: accounts.isEmpty ? 'set_up_needed' : 'ready',
      hasSite: ports.firstConfiguration === null,
    }),
    setUp: async ({ body: { code, username, password, site } }, asked) => {
      await doors.setUp({ from: asked.from, code, username, password }, async () => {
        if (ports.firstConfiguration === null) return;
        if (site === null) throw new ConsoleRefusal('bad_request', 'site: name the junction');
        await ports.firstConfiguration(site);
      });
      audit('console.set-up', username, asked);
      asked.afterwards(ports.onSetUp);
      return begin(username, 'technician', asked);
    },
    login: async ({ body: { username, password } }, asked) => {
      const account = await enter(parts, asked, { username, password });
      audit('console.login', username, asked);
      return begin(username, account.role, asked);
    },
    session: (_, asked) => sessionOf(sessionIn(asked), asked.role ?? 'viewer', ports),
    logout: (_, asked) => {
      sessions.end(sessionIn(asked).hash);
      asked.setCookie(null);
    },
    changePassword: async ({ body: { current, next } }, asked) => {
      const { username, hash } = sessionIn(asked);
      await enter(parts, asked, { username, password: current });
      await accounts.setPassword(username, next);
      sessions.endAll(username, hash);
      audit('console.password', username, asked);
    },
  };
}

function accountHandlers({
  accounts,
  sessions,
  ports,
  now,
}: HandlerParts): Pick<Handlers, 'listAccounts' | 'addAccount' | 'removeAccount'> {
  const audit = (action: string, detail: string, { session }: Asked): void =>
    ports.audit({ atMs: now(), action, by: session?.username ?? null, detail, answer: 'ok' });
  return {
    listAccounts: () => ({ accounts: [...accounts.list()] }),
    addAccount: async ({ body: { username, password, role } }, asked) => {
      await accounts.add({ username, role }, password);
      audit('console.account.add', `${username} ${role}`, asked);
    },
    removeAccount: ({ params: { username } }, asked) => {
      accounts.remove(username);
      sessions.endAll(username);
      audit('console.account.remove', username, asked);
    },
  };
}

type ServiceName = 'figures' | 'figuresCsv' | 'health' | 'audit' | 'diagnosis' | 'openapi';

function serviceHandlers(parts: HandlerParts): Pick<Handlers, ServiceName> {
  const { ports, dataFolder } = parts;
  const fileName = (what: string): string => `anqi-${ports.site().nodeId}-${what}`;
  return {
    figures: ({ query }) => serviceOf(ports).figures(query),
    figuresCsv: ({ query }) => ({
      name: fileName('figures.csv'),
      type: 'text/csv; charset=utf-8',
      content: figuresCsv(serviceOf(ports).figures(query)),
    }),
    health: async () => ({ ...serviceOf(ports).health(), box: await readBox(dataFolder) }),
    audit: () => {
      const rows = serviceOf(ports).latestAudit(AUDIT_ROWS);
      return { rows: rows.map(({ atMs, ...row }) => ({ at: new Date(atMs).toISOString(), ...row })) };
    },
    diagnosis: (_, asked) => {
      note(parts, 'console.diagnosis', { asked, detail: '' });
      const files = Object.entries(serviceOf(ports).diagnosis()).map(([name, text]) => [name, strToU8(text)] as const);
      return { name: fileName('diagnosis.zip'), type: 'application/zip', content: zipSync(Object.fromEntries(files)) };
    },
    openapi: () => openapi(),
  };
}

function sessionOf({ username, csrf }: KnownSession, role: Role, ports: ConsolePorts): Output<'session'> {
  const { nodeId, name, timeZone } = ports.site();
  return { username, role, csrf, site: { nodeId, name, timeZone }, version: ports.version };
}
