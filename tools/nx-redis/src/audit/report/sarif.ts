import type { AuditResult, RuleId } from '../audit-result';
import { RULES } from '../verdict/rules';

/** For code scanning: the violations as SARIF 2.1.0. */
export function renderSarif({ violations, leftOut }: AuditResult): string {
  const ids = Object.keys(RULES) as RuleId[];
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'sluice-redis-audit',
            rules: ids.map((id) => ({
              id,
              shortDescription: { text: RULES[id].title },
              help: { text: RULES[id].help },
              defaultConfiguration: { level: 'error' },
            })),
          },
        },
        originalUriBaseIds: { ROOT: { description: { text: 'The root of the repository.' } } },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: leftOut.map(({ path, reason }) => ({
              level: 'note',
              message: { text: reason },
              locations: [{ physicalLocation: { artifactLocation: uriOf(path) } }],
            })),
          },
        ],
        results: violations.map(({ rule, message, confidence, file, line, column }) => ({
          ruleId: rule,
          ruleIndex: ids.indexOf(rule),
          level: confidence === 'guessed' ? 'warning' : 'error',
          message: { text: `${message} ${RULES[rule].help}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: uriOf(file),
                region: { startLine: line, startColumn: column },
              },
            },
          ],
          // So that a violation stays the same one when lines above it come and go.
          partialFingerprints: { 'ruleFileAndMessage/v1': `${rule}:${file}:${message}` },
          properties: { confidence },
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function uriOf(path: string): { uri: string; uriBaseId: string } {
  return { uri: encodeURI(path), uriBaseId: 'ROOT' };
}
