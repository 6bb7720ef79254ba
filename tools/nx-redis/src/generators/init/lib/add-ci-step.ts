import { joinPathFragments } from '@nx/devkit';
import type { Draft } from '../../draft/draft';

const FILE = '.github/workflows/redis-boundary.yml';
const ELSEWHERE = [
  '.gitlab-ci.yml',
  'azure-pipelines.yml',
  'bitbucket-pipelines.yml',
  'Jenkinsfile',
  '.circleci/config.yml',
];
const STEPS =
  '`npx nx run-many -t lint` (through nx: bare eslint skips the boundary rule) and `npx sluice-redis-audit`';

const WORKFLOW = `name: Redis boundary
on:
  pull_request:
  push:
    branches: [main]

permissions:
  contents: read

jobs:
  redis-boundary:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24
          cache: npm
      - run: npm ci
      # Through nx: bare eslint has no project graph, and skips the boundary rule.
      - run: npx nx run-many -t lint
      - run: npx sluice-redis-audit
`;

/** A workflow of its own for GitHub; what another system needs is listed. */
export function addCiStep(draft: Draft): void {
  if (runsAudit(draft)) return;
  const other = ELSEWHERE.find((path) => draft.exists(path));
  if (other !== undefined) return draft.hint(`TODO ${other} should run ${STEPS}.`);
  if (!draft.exists('package-lock.json')) return draft.hint(`TODO Your CI should run ${STEPS}.`);
  draft.create(FILE, WORKFLOW);
}

function runsAudit({ tree }: Draft): boolean {
  return tree
    .children('.github/workflows')
    .map((name) => joinPathFragments('.github/workflows', name))
    .some((path) => tree.isFile(path) && (tree.read(path, 'utf8') ?? '').includes('sluice-redis-audit'));
}
