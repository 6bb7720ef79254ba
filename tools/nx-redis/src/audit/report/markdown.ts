import type { AuditResult, Injection } from '../audit-result';
import { RULES } from '../verdict/rules';
import { flowDiagram } from './flow-diagram';
import { link, list, plural, table, ownerIn } from './markdown-parts';
import { verificationOf } from './verification';

/** The live audit's part of the document; without a live audit it is carried over from the document as it was. */
export const LIVE = { begin: '<!-- live audit -->', end: '<!-- end of live audit -->' };

/** The document for people. The same tree gives the same text: no dates, no absolute paths, no times. */
export function renderMarkdown(result: AuditResult, live: string | undefined): string {
  const ok = result.verdict === 'ok';
  return `${[
    '# Redis usage audit',
    `**Status**: ${ok ? '✅ verified' : `❌ ${plural(result.violations.length, 'violation')}`}  \n**Made by**: \`sluice-redis-audit\`, from the code of \`${result.repository}\`. Do not edit it: make it again.`,
    '## Summary',
    summaryOf(result),
    ...(ok ? [] : ['## Violations', violationsOf(result)]),
    '## Services using Redis',
    '### By direct injection of the client',
    directOf(result),
    '### Through the wrapper service',
    usersOf(result, ['service'], 'Nobody injects a wrapper service.'),
    '### Locks, elections and leader tasks',
    usersOf(result, ['lock', 'election'], 'Nobody injects locks or elections.'),
    ...(has(result, ['cache', 'queue'])
      ? ['### By what libraries make', usersOf(result, ['cache', 'queue'], '')]
      : []),
    '### Through another service',
    throughOf(result),
    '## Where clients are made',
    placesOf(result),
    '## Caches',
    cachesOf(result),
    '## Flow',
    flowDiagram(result),
    '## Verification',
    verificationOf(result),
    ...(live === undefined ? [] : ['## Live', `${LIVE.begin}\n\n${live}\n\n${LIVE.end}`]),
    '## Left out',
    leftOutOf(result),
    '## Totals',
    totalsOf(result),
  ].join('\n\n')}\n`;
}

/** What stands between the marks of a document. */
export function liveSectionOf(document: string): string | undefined {
  const begin = document.indexOf(LIVE.begin);
  const end = document.indexOf(LIVE.end);
  return begin === -1 || end === -1 ? undefined : document.slice(begin + LIVE.begin.length, end).trim();
}

function summaryOf({ owner, exempt, violations }: AuditResult): string {
  const where = ownerIn(owner, (one) => `\`${one || '.'}\``);
  const lines = [
    owner.how === 'none'
      ? `No folder makes a client by itself: ${owner.reason}.`
      : `Clients belong to ${where}${owner.how === 'guessed' ? ' (guessed)' : ''}: ${owner.reason}.`,
    violations.length === 0
      ? 'No other place makes a client, and no library opens a connection of its own. Whoever uses Redis is injected with it.'
      : `${plural(violations.length, 'place')} break${violations.length === 1 ? 's' : ''} the rules.`,
    ...exempt.map(({ folder, reason }) => `\`${folder}\` is exempt: ${reason}.`),
  ];
  return list(lines);
}

function violationsOf({ violations }: AuditResult): string {
  return list(
    violations.map(({ rule, message, confidence, ...at }) => {
      const doubt = confidence === 'certain' ? '' : ` (${confidence})`;
      return `**${rule}**${doubt} ${link(at)} line ${at.line}: ${message} ${RULES[rule].help}`;
    }),
  );
}

function directOf(result: AuditResult): string {
  const wrappers = result.wrappers
    .filter(({ what }) => what !== 'client')
    .map((one) => `**${one.name}** (${link(one)}), made by the owner with the client`);
  const clients = usersOf(result, ['client'], '');
  return [list(wrappers), clients].filter(Boolean).join('\n\n') || 'Nobody injects the client itself.';
}

function has({ injections }: AuditResult, what: readonly Injection['what'][]): boolean {
  return injections.some((one) => counts(one) && what.includes(one.what));
}

function counts({ area }: Injection): boolean {
  return area === 'production' || area === 'owner';
}

function usersOf({ injections }: AuditResult, what: readonly Injection['what'][], none: string): string {
  const found = injections.filter((one) => counts(one) && what.includes(one.what));
  if (found.length === 0) return none;
  const entries = found.map((one) => {
    const how = [
      `by ${one.by === 'moduleRef' ? '`ModuleRef`' : one.by}`,
      ...(one.forwardRef ? ['with `forwardRef`'] : []),
      ...(one.optional ? ['optional'] : []),
      ...(one.inherited ? ['inherited'] : []),
      ...(one.confidence === 'certain' ? [] : [one.confidence]),
    ].join(', ');
    return `**${one.user}** (${link(one)}), ${how}: \`${one.code.replace(/`/g, "'")}\``;
  });
  return list(entries);
}

function throughOf({ through }: AuditResult): string {
  if (through.length === 0) return 'Nobody.';
  return list(
    through.map(
      (one) => `**${one.user}** (${link(one)}): ${one.paths.map((path) => path.join(' → ')).join('; ')}`,
    ),
  );
}

function placesOf({ places }: AuditResult): string {
  const production = places.filter(({ area }) => area === 'production' || area === 'owner');
  const rows = production.map((one) => [
    link(one),
    one.inside || '–',
    `${one.package}${one.name === 'default' ? '' : ` \`${one.name}\``}`,
    one.opens === 'own' ? `${one.kind}: ${one.reason}` : `${one.opens}: ${one.reason}`,
    one.area,
    one.confidence,
  ]);
  return [
    rows.length > 0
      ? table(['place', 'in', 'make', 'what it does', 'area', 'confidence'], rows)
      : 'No place outside of tests makes a client.',
    'Tests and exempt folders are not held to the rule; `--json` lists their places, too.',
  ].join('\n\n');
}

function cachesOf({ caches }: AuditResult): string {
  if (caches.length === 0) return 'None is declared on the wrapper service.';
  const code = (text: string) => (text === '–' ? text : `\`${text}\``);
  return table(
    ['cache', 'owner', 'TTL in ms', 'tags', 'near', 'keys, behind the prefix'],
    caches.map((one) => [
      `**${one.name}**`,
      `${one.owner} (${link(one)})`,
      one.ttl,
      code(one.tags),
      code(one.near),
      one.keys.map((key) => `\`${key}\``).join(', '),
    ]),
  );
}

function leftOutOf({ leftOut }: AuditResult): string {
  return leftOut.length === 0
    ? 'Nothing: every file was read.'
    : list(leftOut.map(({ path, reason }) => `\`${path}\`: ${reason}`));
}

function totalsOf({ injections, through, places, violations, wrappers }: AuditResult): string {
  const users = (what: readonly Injection['what'][]) =>
    new Set(injections.filter((one) => counts(one) && what.includes(one.what)).map(({ user }) => user)).size;
  const made = places.filter(
    ({ area, opens }) => (area === 'owner' || area === 'production') && opens !== 'handed',
  );
  return list([
    `**Direct injection**: ${plural(users(['client']), 'service')}, and ${wrappers.filter(({ what }) => what !== 'client').length} that the owner makes`,
    `**Through the wrapper service**: ${plural(users(['service']), 'service')}`,
    `**Locks and elections**: ${plural(users(['lock', 'election']), 'service')}`,
    `**Through another service**: ${plural(through.length, 'service')}`,
    `**Places that make clients**: ${made.length}, of which ${made.filter(({ area }) => area === 'production').length} outside of the owner`,
    `**Violations**: ${violations.length}`,
  ]);
}
