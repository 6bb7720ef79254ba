import type { z } from 'zod';
import type { FieldError } from '../problem/problem.error';

/** Turns zod's issues into one entry per wrong field; an unknown key is a wrong field of its own. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[]): FieldError[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: pathText([...issue.path, key]), message: 'Unknown field' }))
      : [{ path: pathText(issue.path), message: messageOf(issue) }],
  );
}

function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
    ? 'Required'
    : issue.message;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}
