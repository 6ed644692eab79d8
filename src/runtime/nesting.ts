/** Whether plain data is nested deeper than so many levels; found without recursion, which deep data would not survive. */
export function isDeeper(value: unknown, levels: number): boolean {
  const waiting: (readonly [value: unknown, depth: number])[] = [[value, 0]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [inside, depth] = next;
    if (typeof inside !== 'object' || inside === null) continue;
    if (depth >= levels) return true;
    for (const one of Object.values(inside)) waiting.push([one, depth + 1]);
  }
  return false;
}
