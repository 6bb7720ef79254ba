import { readAuditConfig } from './audit-config';
import { auditRepository } from './audit-repository';
import type { AuditResult } from './audit-result';
import { compare, type Comparison, sum } from './testing/compare';
import { FIXTURES, FixtureRepository, labelsOf } from './testing/fixture';

/** Fixtures whose truth was written down by hand; each is full of what looks like a client and is none. */
describe('the audit of labelled repositories', () => {
  const all: Comparison[] = [];

  afterAll(() => {
    const { precision, recall, right } = sum(all);
    process.stdout.write(`audit of fixtures: ${right} right, precision ${precision}, recall ${recall}\n`);
  });

  describe.each(FIXTURES)('%s', (fixture) => {
    let repository: FixtureRepository;
    let result: AuditResult;
    const labels = labelsOf(fixture);

    beforeAll(() => {
      repository = new FixtureRepository(fixture);
      result = auditRepository(repository.root, readAuditConfig(repository.root));
    });

    afterAll(() => repository.remove());

    it.each((['places', 'injections', 'through', 'violations'] as const).filter((kind) => labels[kind]))(
      'finds all %s, and nothing else',
      (kind) => {
        const comparison = compare(result, labels, kind);
        all.push(comparison);
        expect(comparison).toMatchObject({ missed: [], invented: [], precision: 1, recall: 1 });
      },
    );

    it('counts the connections', () => {
      const clients = result.places.reduce((total, place) => total + place.clients, 0);
      expect(clients).toBe(labels.clients ?? clients);
    });
  });
});
