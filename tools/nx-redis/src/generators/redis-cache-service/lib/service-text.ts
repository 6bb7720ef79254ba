import type { CacheService } from '../options';
import { count, quoted, template } from '../../library/write-text';
import { zodOf } from './write-shape';

const NEAR_BYTES = '16 * 1_048_576';

/** The source of a cache service. */
export function serviceText(service: CacheService): string {
  const { cacheName, className, type, schemaName } = service;
  const loaded = `Promise<${type.name} | null>`;
  return `import { Injectable } from '@nestjs/common';
import { type RedisCache, RedisService } from '@sluice/data-access-redis';
${schemaName ? `import { z } from 'zod';\n` : ''}${
    type.importedFrom ? `import type { ${type.name} } from '${type.importedFrom}';\n` : ''
  }
${typeText(service)}${constants(service)}
/** Keeps ${cacheName} values in Redis, under \`cache:${cacheName}:<id>\`. While Redis is away, every read is loaded. */
@Injectable()
export class ${className} {
  private readonly cache: RedisCache<${type.name}>;

  constructor(redis: RedisService) {
    this.cache = redis.cache<${type.name}>('${cacheName}', ${optionsText(service)});
  }

  /**
   * The value with this id: from the cache, else from \`load\`, which runs once for all who ask at the same moment.
   * ${remembered(service)} Rejects only when \`load\` does.
   */
  getOrLoad(id: string, load: () => ${loaded}): ${loaded} {
    return this.cache.getOrSet(id, load);
  }

  /** Takes values out of service. Call it after the database has the change. Never rejects because Redis is away. */
  invalidate(...ids: readonly string[]): Promise<void> {
    return this.cache.delete(ids);
  }
}
`;
}

function typeText({ type, schemaName }: CacheService): string {
  if (schemaName) {
    const schema = `const ${schemaName} = ${zodOf(type.shape)};\n`;
    return type.importedFrom
      ? `/** What a cached value must be; one of another release that is not counts as a miss. */\n${schema}\n`
      : `/** What is cached of it, as plain JSON: ISO strings, no Date. What is not counts as a miss. */\n` +
          `export ${schema}\nexport type ${type.name} = z.infer<typeof ${schemaName}>;\n\n`;
  }
  if (type.importedFrom) return '';
  return `/** What is cached of it, as plain JSON: ISO strings, no Date. */
export interface ${type.name} {
  id: string;
}

`;
}

function constants({ ttl, negative, near }: CacheService): string {
  return [
    `/** How long a value is served, in ms: the longest time a forgotten invalidation can be seen. */
const LIFETIME_MS = ${count(ttl)};
`,
    negative &&
      `/** How long an absence is remembered, in ms. */
const ABSENCE_MS = ${count(negative)};
`,
    near &&
      `/** Most memory that values take in the process, too. */
const NEAR_BYTES = ${NEAR_BYTES};
`,
  ]
    .filter(Boolean)
    .join('');
}

function optionsText({ tags, near, negative, schemaName }: CacheService): string {
  const more = [
    negative !== undefined && `negativeTtl: ${negative === 0 ? 0 : 'ABSENCE_MS'}`,
    tags.length > 0 && `tags: ${tagsText(tags)}`,
    near && 'near: { maxBytes: NEAR_BYTES }',
    schemaName && `schema: ${schemaName}`,
  ].filter(Boolean);
  if (more.length === 0) return '{ ttl: LIFETIME_MS }';
  return `{\n${['ttl: LIFETIME_MS', ...more].map((one) => `      ${one},\n`).join('')}    }`;
}

function tagsText(tags: string[]): string {
  const perId = tags.some((tag) => tag.includes('{id}'));
  const texts = tags.map((tag) => (tag.includes('{id}') ? template(tag) : quoted(tag)));
  return `(${perId ? 'id' : ''}) => [${texts.join(', ')}]`;
}

function remembered({ negative, near }: CacheService): string {
  const absence = negative === 0 ? 'null, the absence, is not' : 'null, the absence, for a shorter time';
  return `What it answers is remembered; ${absence}.${near ? ' It is shared: changing it throws.' : ''}`;
}
