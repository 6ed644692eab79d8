/**
 * What a person wears, by the names many looks gave it (pure): looks weigh by how sure they were, older ones fade,
 * and a name once given is kept until most of the evidence is against it.
 */

export interface NameVote<T extends string> {
  readonly weights: ReadonlyMap<T, number>;
  readonly looks: number;
  /** What it is called now; null while the looks are few or disagree. `score` is its share of the evidence. */
  readonly named: { readonly name: T; readonly score: number } | null;
}

/** One look may have caught a shadow or somebody else's sleeve. */
const MIN_LOOKS = 3;
/** Share of the evidence that gives a name, and below which it is taken back. */
const NAMED_FROM = 0.67;
const NAMED_UNTIL = 0.5;
/** What is left of older evidence at every look: half of it after 35, seven seconds at five pictures a second. */
const FADING = 0.98;

export function noNames<T extends string>(): NameVote<T> {
  return { weights: new Map(), looks: 0, named: null };
}

/** @param look its name and how sure it was, 0–1 */
export function addName<T extends string>(
  vote: NameVote<T>,
  look: { readonly name: T; readonly score: number },
): NameVote<T> {
  const weights = new Map([...vote.weights].map(([name, weight]) => [name, weight * FADING]));
  weights.set(look.name, (weights.get(look.name) ?? 0) + look.score);
  const looks = vote.looks + 1;
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const shares = [...weights].map(([name, weight]) => ({ name, score: total > 0 ? weight / total : 0 }));
  const kept = shares.find(({ name, score }) => name === vote.named?.name && score >= NAMED_UNTIL);
  const best = shares.find(({ score }) => score >= NAMED_FROM);
  return { weights, looks, named: looks < MIN_LOOKS ? null : (best ?? kept ?? null) };
}
