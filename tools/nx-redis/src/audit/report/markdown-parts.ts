import type { AuditResult, Location } from '../audit-result';

export function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** From `docs/` to the file. Without lines: those change with every edit, and the document is not to. */
export function link({ file }: Pick<Location, 'file'>): string {
  return `[\`${file}\`](../${encodeURI(file)})`;
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** Who owns Redis: folders, or a package and the files that set it up. */
export function ownerIn(
  { packages, folders }: AuditResult['owner'],
  quote: (name: string) => string,
): string {
  const places = folders.map(quote).join(', ');
  return packages.length === 0
    ? places
    : `${packages.map(quote).join(', ')} (set up in ${places || 'no file yet'})`;
}
