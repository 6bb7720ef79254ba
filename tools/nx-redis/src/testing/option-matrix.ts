import type { RedisCacheServiceOptions } from '../generators/redis-cache-service/options';
import { moduleShapes, NEIGHBOURS } from './module-shapes';
import type { ModuleShape } from './module-shapes';
import { pairwise } from './pairwise';
import type { Row } from './pairwise';

/** The options that change what is written, with the values that make a difference. */
export const OPTIONS = {
  entity: [undefined, 'Price', 'src/lib/price.ts', 'src/lib/loose.ts#Loose'],
  ttl: [undefined, 5_000],
  tags: [undefined, 'prices', 'price:{id},it\'s "all" `$` \\'],
  near: [false, true],
  negative: [undefined, 0, 2_000, 30_000],
  schema: [false, true],
} as const;

/** The entities, in `src/lib` of the library. */
export const ENTITIES: Record<string, string> = {
  'price.ts': `export interface Price {
  readonly id: string;
  cents: number;
  currency: 'EUR' | 'USD';
  until: string | null;
  rebates?: readonly { percent: number; codes: string[] }[];
  names: Record<string, string>;
  open: boolean;
}
`,
  'loose.ts': `import type { Price } from './price';

export interface Loose extends Price {
  more: Partial<Price>;
}
`,
};

export type OptionRow = Row<typeof OPTIONS>;
/** The options, and which way the module is written. */
export type CaseRow = OptionRow & { shape: number };

export const SHAPES = moduleShapes('', '').map((_shape, index) => index);

/** No schema is written of what is not known. */
export const isPossible = ({ entity, schema }: OptionRow): boolean => !(schema && entity?.endsWith('#Loose'));

/** Rows in which every two values of the options meet; the shapes of modules take turns. */
export function pairsOfOptions(): CaseRow[] {
  return pairwise(OPTIONS, isPossible).map((row, index) => ({ ...row, shape: index % SHAPES.length }));
}

/** Rows in which every two values meet, of the options and the shapes. */
export function allPairs(): CaseRow[] {
  return pairwise({ ...OPTIONS, shape: SHAPES }, isPossible);
}

/** The call for a row: each case has a folder and a module of its own. */
export function optionsOf(
  project: string,
  { shape: _, ...row }: CaseRow,
  index: number,
): RedisCacheServiceOptions {
  const folder = `src/lib/case-${index}`;
  return {
    ...(JSON.parse(JSON.stringify(row)) as object),
    name: `case-${index}`,
    project,
    directory: folder,
    module: `${folder}/shop.module.ts`,
  };
}

/** The files of the library that the calls find, by path in it. */
export function filesFor(rows: readonly CaseRow[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [name, text] of Object.entries(ENTITIES)) files[`src/lib/${name}`] = text;
  rows.forEach(({ shape }, index) => {
    const folder = `src/lib/case-${index}`;
    for (const [name, text] of Object.entries(NEIGHBOURS)) files[`${folder}/${name}`] = text;
    files[`${folder}/shop.module.ts`] = moduleOf(shape, index)?.before ?? '';
  });
  return files;
}

/** The module of a case, as it is before and as it must be after. */
export function moduleOf(shape: number, index: number): ModuleShape | undefined {
  return moduleShapes(`Case${index}CacheService`, `./case-${index}-cache.service`)[shape];
}
