/** What of a scene is kept as evidence, and whose heads are hidden in it: pictures at the violation, a film until the outcome. */
import type { BoundingBox, Detection, Frame } from './domain';
import type { EvidenceItem, EvidenceRequest } from './evidence/evidence';
import type { Shown } from './evidence/film-strip';
import { containment } from './geometry';
import type { Rider } from './rider/riders';

export interface Scene {
  readonly frame: Frame;
  readonly riders: readonly Rider[];
  readonly detections: readonly Detection[];
}

/** Makes films; `begin` throws where no more can be made at a time. */
export interface ClipMaker {
  begin(request: Pick<EvidenceRequest, 'incidentId' | 'takenAt'>): Film;
}

interface Film {
  show(shown: Shown): void;
  end(): Promise<EvidenceItem>;
}

/** A head is in this share of a person or vehicle from its top. */
const HEAD_SHARE = 0.2;
/** What lies this far inside the subject's box is the subject. */
const PART_OF_SUBJECT = 0.6;

/** The vehicle and its riders stay recognisable. */
export function evidenceRequest(
  scene: Scene,
  of: { readonly incidentId: string; readonly takenAt: string; readonly rider: Rider },
): EvidenceRequest {
  const { incidentId, takenAt, rider } = of;
  const { subjectHeads: headBoxes, otherHeads: others } = hiding(scene, rider);
  return { frame: scene.frame, incidentId, takenAt, subject: { groupBox: rider.box, headBoxes }, others };
}

/** Nobody stays recognisable. */
export function wholeScene({ frame, riders, detections }: Scene, incidentId: string, takenAt: string): EvidenceRequest {
  const subject = { groupBox: { x: 0, y: 0, w: 1, h: 1 }, headBoxes: [] };
  return { frame, incidentId, takenAt, subject, others: detections.flatMap((one) => headRegions(one, riders)) };
}

/** The films of one camera's open incidents. A film that fails is told and left out; nothing else changes. */
export class Filming {
  readonly #films = new Map<string, { readonly film: Film; readonly trackId: number }>();

  constructor(
    private readonly maker: ClipMaker | null,
    private readonly onProblem: (error: unknown) => void,
  ) {}

  begin(request: Pick<EvidenceRequest, 'incidentId' | 'takenAt'>, trackId: number): void {
    try {
      const film = this.maker?.begin(request);
      if (film !== undefined) this.#films.set(request.incidentId, { film, trackId });
    } catch (error) {
      this.onProblem(error);
    }
  }

  show(scene: Scene): void {
    for (const { film, trackId } of this.#films.values()) {
      const rider = scene.riders.find((one) => one.trackId === trackId);
      const heads = rider === undefined ? { subjectHeads: [], otherHeads: everyHead(scene) } : hiding(scene, rider);
      film.show({ frame: scene.frame, ...heads });
    }
  }

  /** The finished film, or nothing where there is none. Never rejects. */
  async end(incidentId: string): Promise<readonly EvidenceItem[]> {
    const film = this.#films.get(incidentId)?.film;
    this.#films.delete(incidentId);
    if (film === undefined) return [];
    try {
      return [await film.end()];
    } catch (error) {
      this.onProblem(error);
      return [];
    }
  }
}

function hiding(scene: Scene, rider: Rider): Pick<Shown, 'subjectHeads' | 'otherHeads'> {
  const others = scene.detections.filter(
    (one) => one.box !== rider.box && containment(one.box, rider.box) < PART_OF_SUBJECT,
  );
  return {
    subjectHeads: rider.persons.flatMap((person) => (person.head === null ? [] : [person.head])),
    otherHeads: others.flatMap((one) => headRegions(one, scene.riders)),
  };
}

const everyHead = ({ riders, detections }: Scene): BoundingBox[] =>
  detections.flatMap((one) => headRegions(one, riders));

/** The heads that were found, or are known, or else where one would be: not every vehicle is searched for heads. */
function headRegions({ box, heads }: Detection, riders: readonly Rider[]): BoundingBox[] {
  const known = riders.find((rider) => rider.box === box)?.persons.flatMap(({ head }) => (head === null ? [] : [head]));
  const found = heads.length > 0 ? heads.map((head) => head.box) : (known ?? []);
  return found.length > 0 ? found : [{ ...box, h: box.h * HEAD_SHARE }];
}
