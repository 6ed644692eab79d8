/** What the console may do with the configuration and the loudspeakers. */
import { uuidv7 } from 'uuidv7';
import type { Hands } from './commands';
import type { ConfigFile, Proposal } from './config/config-file';
import { parseConfig } from './config/load';
import { type Config, configJsonSchema } from './config/schema';
import { hideSecrets, isReadable, MASK, restoreSecrets } from './config/secrets';
import { tryConfiguration } from './config-change';
import type { By, Changed, ConfigurationPorts, SpeakerPorts } from './console/ports';
import { ConsoleRefusal } from './console/refusal';
import { Refusal } from './mqtt/command-desk';
import { redactUrlCredentials } from './runtime/redact';
import type { Sinks } from './sinks';

/** The service with a new broker has so long to reach it. */
const CONFIRM_WITHIN_MS = 30_000;

export interface ConfigWindowParts extends Pick<Sinks, 'ledger' | 'health'> {
  readonly config: Config;
  readonly configFile: ConfigFile;
  readonly restart: () => void;
}

export function configurationPorts(parts: ConfigWindowParts): ConfigurationPorts {
  const { config, configFile, ledger } = parts;
  const broker = config.mqtt && { url: redactUrlCredentials(config.mqtt.url), username: config.mqtt.username ?? null };
  return {
    read: () => {
      const { revision, text } = configFile;
      const before = earlierText(configFile);
      const previous = before === undefined ? null : hideSecrets(before);
      return { revision, text: hideSecrets(text), previous, schema: configJsonSchema(), broker: broker ?? null };
    },
    check: (text) => {
      const result = parseConfig(withSecrets(text, configFile.text), process.env);
      return result.ok ? [] : [...result.problems];
    },
    edit: (edits, by) => change(parts, () => configFile.proposeEdits(edits, process.env), { by, revision: undefined }),
    save: (text, revision, by) =>
      change(parts, () => configFile.proposeText(withSecrets(text, configFile.text), process.env), { by, revision }),
    rollBack: (revision, by) => {
      const before = earlierText(configFile);
      if (before === undefined) throw new ConsoleRefusal('not_found', 'there is no earlier configuration');
      return change(parts, () => configFile.proposeText(before, process.env), { by, revision });
    },
    wholeText: () => configFile.text,
    outcome: (transaction) => {
      if (configFile.trial()?.transaction === transaction) return { state: 'trying', detail: '' };
      const row = ledger.earlier('config.set', transaction);
      if (row === undefined) return { state: 'unknown', detail: '' };
      const error = errorIn(row.answer);
      if (typeof error !== 'object' || error === null) return { state: 'in_force', detail: '' };
      return { state: 'rolled_back', detail: String(Reflect.get(error, 'detail') ?? '') };
    },
    restart: parts.restart,
  };
}

function errorIn(answer: string): unknown {
  try {
    return Reflect.get(Object(JSON.parse(answer)), 'error');
  } catch {
    return { detail: 'what became of it can no longer be read' };
  }
}

/** After a change that was taken back the earlier text is the one in force. */
function earlierText({ text, previousText }: ConfigFile): string | undefined {
  return previousText === text ? undefined : previousText;
}

/** With the same broker as before the service itself shows that the rest is good: a technician may be there without uplink. */
function change(
  { config, configFile, restart }: ConfigWindowParts,
  propose: () => Proposal,
  { by, revision }: { readonly by: By; readonly revision: string | undefined },
): Changed {
  const transaction = uuidv7();
  const proposal = propose();
  const isSameBroker = proposal.ok && JSON.stringify(proposal.config.mqtt) === JSON.stringify(config.mqtt);
  const how = {
    revision,
    confirmWithinMs: CONFIRM_WITHIN_MS,
    confirmedBy: isSameBroker ? ('start' as const) : ('broker' as const),
  };
  const asked = { transaction, by: by.by };
  try {
    tryConfiguration(() => proposal, { configFile, restart, asked, how });
  } catch (error) {
    throw refusalOf(error);
  }
  return { transaction };
}

export function speakerPorts({ config, health }: ConfigWindowParts, hands: Hands): SpeakerPorts {
  return {
    read: () => {
      const { quietHours, volume, noiseSensitive, approvalNumber, dialect } = config.prompts;
      const { symptoms } = health.now();
      return {
        speakers: config.speakers.map((one) => ({
          id: one.id,
          kind: one.kind,
          volume: 'volume' in one ? one.volume : 100,
          isGood: !symptoms.includes(`speaker:${one.id}`),
        })),
        ...{ quietHours, volume, noiseSensitive, dialect, approvalNumber: approvalNumber ?? null },
      };
    },
    test: async (speaker, lang) => {
      try {
        const { text, playback, reason } = await hands.promptTest({ speaker, lang });
        return { text, playback, reason: reason ?? null };
      } catch (error) {
        throw refusalOf(error);
      }
    },
  };
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  const { answerCode } = error;
  return new ConsoleRefusal(
    answerCode === 'not_found' || answerCode === 'busy' ? answerCode : 'refused',
    error.message,
  );
}

/** A mask for which there is no secret would become the password. */
function withSecrets(text: string, original: string): string {
  if (!isReadable(text)) return text;
  const whole = restoreSecrets(text, original);
  const row = whole.split('\n').findIndex((one) => one.includes(MASK));
  if (row < 0) return whole;
  throw new ConsoleRefusal(
    'refused',
    `line ${row + 1}: ${MASK} keeps a secret, and none is known for this place: write it out`,
  );
}
