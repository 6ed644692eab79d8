/** What simulated people hear, and when they therefore put a helmet on (pure but for its memory). */
import type { Scenario } from './scenario';
import { personsOf } from './timeline';

export class Hearing {
  /** Second at which the helmet sits on the head, by person. */
  readonly reactions = new Map<string, number>();
  private readonly persons = new Map<string, string>();
  private readonly heard = new Map<string, number>();

  constructor(private readonly scenario: Scenario) {}

  /** The service has opened an incident and means this person; null: it means nobody who is there. */
  meet(incidentId: string, personId: string | null): void {
    if (personId !== null) this.persons.set(incidentId, personId);
  }

  /** A prompt of this incident sounded until `endedS`; null: it was not heard. */
  hear(incidentId: string, endedS: number | null): void {
    const personId = this.persons.get(incidentId);
    if (personId === undefined || endedS === null) return;
    const count = (this.heard.get(personId) ?? 0) + 1;
    this.heard.set(personId, count);
    const reaction = this.afterPromptOf(personId);
    if (reaction === undefined || count !== reaction.number || this.reactions.has(personId)) return;
    this.reactions.set(personId, endedS + reaction.delayS);
  }

  private afterPromptOf(personId: string) {
    const persons = this.scenario.actors.flatMap(personsOf);
    return persons.find(({ id }) => id === personId)?.helmet?.afterPrompt;
  }
}
