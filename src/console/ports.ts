/** What the console is given of the service. It knows no other room: without these it shows its set-up page and nothing else. */

import type { z } from 'zod';
import type { Figures } from '../incident/rate';
import type { FileAnswer, healthSchema, Input, Output, siteSchema } from './contract';
import type { viewSchema } from './contract-cameras';

export interface SiteFacts {
  readonly nodeId: string;
  readonly name: string;
  readonly timeZone: string;
}
/** What the first configuration is made of. */
export type FirstSite = z.output<typeof siteSchema>;

export type ServiceHealth = Omit<z.output<typeof healthSchema>, 'box'>;

export interface AuditEntry {
  readonly atMs: number;
  readonly action: string;
  readonly by: string | null;
  readonly detail: string;
  readonly answer: string;
}

export interface FiguresQuery {
  readonly since: string;
  readonly camera?: string | undefined;
}

/** Who asks, for the audit. */
export interface By {
  readonly by: string;
}

export interface Edit {
  readonly path: readonly (string | number)[];
  /** undefined removes. */
  readonly value: unknown;
}

export interface Changed {
  readonly transaction: string;
}

export interface CameraPorts {
  readonly list: () => Output<'listCameras'>;
  readonly view: (id: string) => Output<'cameraView'>;
  readonly picture: (id: string) => Promise<Uint8Array>;
  readonly test: (asked: Input<'testCamera'>['body'], signal: AbortSignal) => Promise<Output<'testCamera'>>;
  readonly discover: (signal: AbortSignal) => Promise<Output<'discoverCameras'>['found']>;
  readonly streams: (
    asked: Input<'cameraStreams'>['body'],
    signal: AbortSignal,
  ) => Promise<Output<'cameraStreams'>['streams']>;
}

/** The configuration file: changes are on trial, and return to what was when they do not come up. */
export interface ConfigurationPorts {
  readonly read: () => Output<'config'>;
  readonly check: (text: string) => Output<'checkConfig'>['problems'];
  readonly edit: (edits: readonly Edit[], by: By) => Changed;
  readonly save: (text: string, revision: string, by: By) => Changed;
  /** To the text before the last change, which then is the earlier one itself. */
  readonly rollBack: (revision: string, by: By) => Changed;
  /** With its secrets. */
  readonly wholeText: () => string;
  readonly outcome: (transaction: string) => Output<'changeOutcome'>;
  readonly restart: () => void;
}

export interface SpeakerPorts {
  readonly read: () => Output<'speakers'>;
  readonly test: (id: string, lang: 'zh-CN' | 'wuu') => Promise<Output<'testSpeaker'>>;
}

export interface LivePorts {
  /** Where a camera's stream is, with user and password in it: never sent on. */
  readonly source: (camera: string) => { readonly url: string; readonly transport: 'tcp' | 'udp' };
  /** Every frame of a camera. @returns the end of it */
  readonly onView: (camera: string, listener: (view: z.output<typeof viewSchema>) => void) => () => void;
}

export interface IncidentPorts {
  readonly list: (query: Input<'listIncidents'>['query']) => Output<'listIncidents'>['incidents'];
  readonly read: (id: string) => Promise<Output<'incident'>>;
  readonly evidence: (id: string, name: string) => Promise<FileAnswer>;
  readonly mark: (id: string, mark: By & Input<'markIncident'>['body']) => Promise<void>;
}

/** Recordings in dialect, and how prompts sound. */
export interface RecordingPorts {
  readonly list: () => Promise<Output<'listRecordings'>>;
  readonly check: (words: string, take: Uint8Array, signal: AbortSignal) => Promise<Output<'checkTake'>>;
  readonly keep: (
    asked: { readonly words: string; readonly speaker: string; readonly take: Uint8Array },
    signal: AbortSignal,
  ) => Promise<Output<'keepTake'>>;
  readonly remove: (words: string) => Promise<void>;
  readonly wordsSound: (words: string, signal: AbortSignal) => Promise<Uint8Array>;
  readonly phraseSound: (phrase: string, lang: 'zh-CN' | 'wuu', signal: AbortSignal) => Promise<Uint8Array>;
  readonly consent: (name: string, by: By) => Promise<void>;
  /** @returns how many recordings went with it */
  readonly withdraw: (name: string) => Promise<number>;
  readonly exported: () => Promise<readonly RecordingFile[]>;
  readonly imported: (files: readonly RecordingFile[]) => Promise<Output<'importRecordings'>>;
}

export interface RecordingFile {
  /** `recordings.json`, or `wuu/藍.wav`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Each throws ConsoleRefusal for what was asked wrongly. */
export interface ServicePorts {
  readonly cameras: CameraPorts;
  readonly configuration: ConfigurationPorts;
  readonly speakers: SpeakerPorts;
  readonly incidents: IncidentPorts;
  readonly recordings: RecordingPorts;
  readonly live: LivePorts;
  readonly figures: (query: FiguresQuery) => Figures;
  readonly health: () => ServiceHealth;
  readonly latestAudit: (limit: number) => readonly AuditEntry[];
  /** Texts by file name, without secrets. */
  readonly diagnosis: () => Readonly<Record<string, string>>;
}

export interface ConsolePorts {
  readonly version: string;
  readonly site: () => SiteFacts;
  /** Every change and every view of evidence. */
  readonly audit: (entry: AuditEntry) => void;
  /** Tries the broker and writes the first configuration; null where there is one. */
  readonly firstConfiguration: ((site: FirstSite) => Promise<void>) | null;
  /** Called after the answer to a finished set-up is on its way. */
  readonly onSetUp: () => void;
  /** Null until the service is up. */
  readonly service: ServicePorts | null;
}
