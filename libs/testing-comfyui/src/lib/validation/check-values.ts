import type { InputSpec } from '../nodes/node-class';
import type { Json } from '../python/json';
import { isObject } from '../python/json';
import { PythonError } from '../python/python-error';
import { repr, str } from '../python/text';
import { problem, type Problem } from './problems';

/** Above that many choices, the server does not list them. */
const longList = 20;

/**
 * Makes a value what its input wants, as Python's `int()`, `float()` and `str()` do: "64" and 64.7 become 64.
 * @throws PythonError when it cannot be made that
 */
export function convert(value: Json, type: InputSpec[0]): Json {
  if (type === 'INT') return toInt(value);
  if (type === 'FLOAT') return toFloat(value);
  if (type === 'STRING') return str(value);
  if (type === 'BOOLEAN') return Boolean(value);
  return value;
}

export function notConvertible(name: string, value: Json, spec: InputSpec, error: PythonError): Problem {
  const [type] = spec;
  return problem(
    'invalid_input_type',
    `Failed to convert an input value to a ${String(type)} value`,
    `${name}, ${str(value)}, ${error.message}`,
    { input_name: name, input_config: config(spec), received_value: value, exception_message: error.message },
  );
}

/** What is wrong with a value by the declared limits. */
export function checkLimits(name: string, value: Json, spec: InputSpec): Problem | undefined {
  const [type, { min, max } = {}] = spec;
  const told = { input_name: name, input_config: config(spec), received_value: value };
  if (min !== undefined && (value as number) < (min as number)) {
    return problem(
      'value_smaller_than_min',
      `Value ${str(value)} smaller than min of ${str(min)}`,
      name,
      told,
    );
  }
  if (max !== undefined && (value as number) > (max as number)) {
    return problem('value_bigger_than_max', `Value ${str(value)} bigger than max of ${str(max)}`, name, told);
  }
  if (typeof type === 'string' || type.includes(value as string)) return undefined;
  const isLong = type.length > longList;
  const list = isLong ? `(list of length ${type.length})` : repr(type);
  return problem('value_not_in_list', 'Value not in list', `${name}: '${str(value)}' not in ${list}`, {
    ...told,
    input_config: isLong ? null : told.input_config,
  });
}

/** An input as errors show it: always with options, if empty ones. */
export function config([type, options = {}]: InputSpec): Json {
  return [type, options];
}

function toInt(value: Json): Json {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return truncated(value);
  if (typeof value !== 'string') {
    throw new PythonError(
      'TypeError',
      `int() argument must be a string, a bytes-like object or a real number, not '${typeName(value)}'`,
    );
  }
  if (!/^\s*[-+]?\d+(_\d+)*\s*$/.test(value)) {
    throw new PythonError('ValueError', `invalid literal for int() with base 10: ${repr(value)}`);
  }
  const whole = BigInt(value.trim().replaceAll('_', '').replace(/^\+/, ''));
  return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
}

function truncated(value: number): number {
  if (Number.isFinite(value)) return Math.trunc(value);
  throw Number.isNaN(value)
    ? new PythonError('ValueError', 'cannot convert float NaN to integer')
    : new PythonError('OverflowError', 'cannot convert float infinity to integer');
}

function toFloat(value: Json): number {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return Number(value);
  if (typeof value !== 'string') {
    throw new PythonError(
      'TypeError',
      `float() argument must be a string or a real number, not '${typeName(value)}'`,
    );
  }
  const number = value.trim() === '' ? NaN : Number(value);
  if (!Number.isNaN(number) || value.trim().toLowerCase() === 'nan') return number;
  throw new PythonError('ValueError', `could not convert string to float: ${repr(value)}`);
}

function typeName(value: Json): string {
  if (value === null) return 'NoneType';
  return isObject(value) ? 'dict' : 'list';
}
