import { isObject, type Json } from '../python/json';
import { PythonError } from '../python/python-error';

/** Numbers prompts in order of arrival; refused ones use up a number too. The lowest runs first. */
export class PromptNumbers {
  private count = 0;

  /**
   * The number of the prompt in this request: its own, or the next; negative for `front`.
   * @throws PythonError when it is none, or the body has no room for one
   */
  next(body: Json): number {
    if (isObject(body) && Object.hasOwn(body, 'number')) return toFloat(body['number'] as Json);
    if (body === null || ['number', 'bigint', 'boolean'].includes(typeof body)) {
      throw new PythonError('TypeError', 'the body is not iterable');
    }
    const number = isObject(body) && body['front'] ? -this.count : this.count;
    this.count++;
    // Not -0: the very first one is 0, in front or not.
    return number || 0;
  }
}

function toFloat(value: Json): number {
  const isNumeric = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';
  const number = isNumeric || (typeof value === 'string' && value.trim() !== '') ? Number(value) : undefined;
  if (number === undefined || (typeof value === 'string' && Number.isNaN(number))) {
    throw new PythonError('ValueError', 'could not convert to float');
  }
  return number;
}
