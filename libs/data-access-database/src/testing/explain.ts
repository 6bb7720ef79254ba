import { type SQL, sql } from 'drizzle-orm';
import type { Database, Queries } from '../lib/connection/database';

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: PlanNode[];
}

/** How a statement was executed. */
export interface Plan {
  /** Of the whole tree, outermost first. */
  nodes: string[];
  indexes: string[];
  /** Pages of the tables and indexes that were looked at. */
  blocks: number;
}

/** Executes it and sees how. */
export async function explain(database: Database, statement: (queries: Queries) => SQL): Promise<Plan> {
  const { rows } = await database.read((queries) =>
    queries.execute<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      sql`explain (analyze, buffers, format json) ${statement(queries)}`,
    ),
  );
  const root = rows[0]?.['QUERY PLAN'][0].Plan as PlanNode;
  const all = flat(root);
  return {
    nodes: all.map((node) => node['Node Type']),
    indexes: all.flatMap((node) => node['Index Name'] ?? []),
    blocks: root['Shared Hit Blocks'] + root['Shared Read Blocks'],
  };
}

function flat(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flat)];
}
