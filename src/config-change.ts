/** Puts a changed configuration in force on trial, whoever asks for it: a platform, or a technician at the console. */
import { readPhraseBook } from './announcer/phrase-book';
import type { ConfigFile, Proposal, Trial } from './config/config-file';
import { messageOf } from './errors';
import { type Asked, Refusal } from './mqtt/command-desk';
import { PHRASES_FILE } from './places';

export interface ChangeParts {
  readonly configFile: ConfigFile;
  readonly restart: () => void;
  readonly asked: Asked;
  readonly how: Pick<Trial, 'confirmWithinMs' | 'confirmedBy'> & {
    /** Refused where the file is not this one any more. */
    readonly revision: string | undefined;
  };
}

/** @throws Refusal busy | refused | bad_params */
export function tryConfiguration(propose: () => Proposal, { configFile, restart, asked, how }: ChangeParts): void {
  const now = configFile.revision;
  const { revision, ...rest } = how;
  if (revision !== undefined && revision !== now) throw new Refusal('refused', `the file is revision ${now}`);
  if (configFile.trial() !== undefined) throw new Refusal('busy', 'another configuration is being tried');
  const proposal = propose();
  if (!proposal.ok) throw new Refusal('bad_params', proposal.problems);
  try {
    readPhraseBook(PHRASES_FILE, proposal.config.prompts.wording);
  } catch (error) {
    throw new Refusal('bad_params', `prompts.wording: ${messageOf(error)}`);
  }
  try {
    configFile.begin(proposal.text, { ...asked, ...rest, revision: proposal.revision });
  } catch (error) {
    throw new Refusal('refused', `the configuration file cannot be written: ${messageOf(error)}`);
  }
  restart();
}
