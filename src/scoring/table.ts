/** A score as text for people (pure). */
import { aligned, sizeText } from '../evaluation/table';
import type { Confusion, Share, Summary } from './summary';

/** What a release must reach on the committed set. */
const TARGETS = {
  precision: 0.99,
  recall: 0.95,
  outcomes: 0.97,
  unknown: 0.1,
  ratePoints: 1,
} as const;

export function scoreTable(score: Summary): string {
  const { origin, clips, people, due, correctionRate } = score;
  const label = origin === 'real' ? 'real clips' : origin === 'both' ? 'simulated and real clips' : 'SIMULATED 模拟';
  const rateGap =
    correctionRate.measured === null || correctionRate.true === null
      ? null
      : Math.abs(correctionRate.measured - correctionRate.true);
  const rows = [
    [
      'prompts to the wrong person',
      `${score.wrongPrompts} of ${score.prompts}`,
      '',
      '0',
      met(score.wrongPrompts === 0),
    ],
    shareRow('violation precision', score.precision, `≥ ${TARGETS.precision}`, (share) => share >= TARGETS.precision),
    shareRow('violation recall (due)', score.recall, `≥ ${TARGETS.recall}`, (share) => share >= TARGETS.recall),
    shareRow(
      'outcome right, where known',
      score.outcomes,
      `≥ ${TARGETS.outcomes}`,
      (share) => share >= TARGETS.outcomes,
    ),
    shareRow('outcome unknown', score.unknown, `≤ ${TARGETS.unknown}`, (share) => share <= TARGETS.unknown),
    [
      'correction rate, measured : true',
      `${rate(correctionRate.measured)} : ${rate(correctionRate.true)}`,
      '',
      `± ${TARGETS.ratePoints} point`,
      rateGap === null ? '–' : met(rateGap <= TARGETS.ratePoints),
    ],
    shareRow('colour said right', score.colours, '', null),
    shareRow('seat right', score.seats, '', null),
    ['ID switches', String(score.idSwitches), '', '', ''],
    [
      'bare head seen → confirmed, s',
      `p50 ${seconds(score.confirmedAfterS.p50)}, p95 ${seconds(score.confirmedAfterS.p95)}`,
      '',
      '',
      '',
    ],
  ];
  const wrong = Object.entries(score.falseViolations).map(([reason, count]) => `${reason} ${count}`);
  return [
    `${label}: ${clips} clips, ${people} people who ride, ${due} of them due a reminder`,
    aligned(['', 'figure', '95 %', 'target', 'met'], rows),
    `False violations: ${wrong.join(', ')}`,
    confusionTable(score.confusion),
    aligned(
      ['head size', 'due', 'found', 'median s'],
      score.buckets
        .filter((bucket) => bucket.due > 0)
        .map(({ headPx, due: n, found, medianConfirmedAfterS }) => [
          sizeText(headPx),
          String(n),
          String(found),
          seconds(medianConfirmedAfterS),
        ]),
    ),
  ].join('\n\n');
}

function shareRow(
  title: string,
  { hits, trials, share, within }: Share,
  target: string,
  isMet: ((share: number) => boolean) | null,
): readonly string[] {
  const figure = share === null ? '–' : `${share.toFixed(3)} (${hits} of ${trials})`;
  const interval = within === null ? '' : `${within[0].toFixed(2)}–${within[1].toFixed(2)}`;
  return [title, figure, interval, target, share === null || isMet === null ? '' : met(isMet(share))];
}

function met(is: boolean): string {
  return is ? 'yes' : 'NO';
}

function confusionTable(confusion: Confusion): string {
  const columns = ['corrected', 'not_corrected', 'unknown_left', 'unknown_occluded', 'none'] as const;
  return aligned(
    ['true outcome → measured', ...columns],
    (['corrected', 'not_corrected'] as const).map((truth) => [
      truth,
      ...columns.map((said) => String(confusion[truth][said])),
    ]),
  );
}

function rate(percent: number | null): string {
  return percent === null ? '–' : `${percent.toFixed(2)} %`;
}

function seconds(value: number | null): string {
  return value === null ? '–' : value.toFixed(1);
}
