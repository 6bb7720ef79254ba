/** @throws Error when what was observed does not prove that the fault has hit */
export function proven(evidence: string, hit: boolean): string {
  if (!hit) throw new Error(`the fault did not hit: ${evidence}`);
  return evidence;
}
