import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWorkflow, type Workflow } from './workflow';

/** The build copies the files, so the same path holds in `src` and in `dist`. */
const FOLDER = join(__dirname, '../../../workflows');

/** Reads a workflow and, beside it, its description. @throws Error that says what does not fit */
export function loadWorkflow(name: 'text-to-image'): Workflow {
  return makeWorkflow(read(`${name}.json`), read(`${name}.inputs.json`));
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));
}
