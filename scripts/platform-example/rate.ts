/** The correction rate as the product counts it: corrected ÷ (corrected + not corrected); unknown stands beside it (pure). */

export interface Result {
  readonly town: string;
  readonly result: string;
  readonly count: number;
}

/** Of a GB/T 28181 device id the first eight digits name the township; else the site's name, else the box. */
export function townOf(
  source: string,
  site: { readonly deviceId?: string | undefined; readonly name?: string | undefined },
): string {
  return site.deviceId?.slice(0, 8) ?? site.name ?? source.split('/')[3] ?? source;
}

export function rateTable(results: readonly Result[]): string {
  const towns = [...new Set(results.map(({ town }) => town))].sort();
  const lines = towns.map((town) => {
    const of = (pattern: RegExp): number =>
      results.filter((one) => one.town === town && pattern.test(one.result)).reduce((sum, { count }) => sum + count, 0);
    const corrected = of(/^corrected$/);
    const decided = corrected + of(/^not_corrected$/);
    const rate = decided === 0 ? '–' : `${((100 * corrected) / decided).toFixed(2)} %`;
    return `${town.padEnd(20)} ${rate.padStart(8)}  ${corrected} of ${decided}, unknown ${of(/^unknown/)}`;
  });
  return ['town 乡镇               corrected 改正率', ...lines].join('\n');
}
