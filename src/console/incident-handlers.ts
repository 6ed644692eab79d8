/** Incidents: who looks at which is written down before it is shown. */
import { type HandlerParts, type Handlers, note, serviceOf, sessionIn } from './handler';

type Name = 'listIncidents' | 'incident' | 'incidentEvidence' | 'markIncident';

export function incidentHandlers(parts: HandlerParts): Pick<Handlers, Name> {
  const incidents = () => serviceOf(parts.ports).incidents;
  return {
    listIncidents: ({ query }) => ({ incidents: incidents().list(query) }),
    incident: async ({ params: { id } }, asked) => {
      const found = await incidents().read(id);
      note(parts, 'console.incident.view', { asked, detail: id });
      return found;
    },
    incidentEvidence: async ({ params: { id, name } }, asked) => {
      const file = await incidents().evidence(id, name);
      note(parts, 'console.evidence.view', { asked, detail: `${id} ${name}` });
      return file;
    },
    markIncident: async ({ params: { id }, body: { reason, note: words } }, asked) => {
      await incidents().mark(id, { by: sessionIn(asked).username, reason, note: words });
      note(parts, 'console.incident.mark', { asked, detail: `${id} ${reason ?? 'right'} ${words}`.trim() });
    },
  };
}
