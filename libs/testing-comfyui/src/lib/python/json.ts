import { PythonError } from './python-error';

/** What Python's `json` reads and writes: also NaN and infinities, and whole numbers of any size (as bigint beyond 2^53). */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads JSON as Python does. `JSON.parse` would refuse NaN and round a seed of 2^64−1.
 * @throws PythonError JSONDecodeError
 */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

/** Writes JSON as Python does: a space after `:` and `,`, nothing but ASCII, NaN bare. */
export function formatJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(formatJson).join(', ')}]`;
  if (isObject(value)) {
    const entries = Object.entries(value).map(([key, item]) => `${quote(key)}: ${formatJson(item)}`);
    return `{${entries.join(', ')}}`;
  }
  return typeof value === 'string' ? quote(value) : String(value);
}

function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const tokens =
  /[ \t\n\r]*(?:("(?:[^"\\\u0000-\u001f]|\\.)*")|(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?|([[\]{}:,])|(-?[A-Za-z]+)|$)/y;
const words: Record<string, Json> = {
  null: null,
  true: true,
  false: false,
  NaN: NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
};

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  value(): Json {
    const token = this.next();
    const [text, string, whole, fraction, exponent, sign, word] = token;
    if (string !== undefined) return this.string(string);
    if (whole !== undefined) return number(whole, fraction, exponent);
    if (sign === '[') return this.list();
    if (sign === '{') return this.object();
    if (word !== undefined && Object.hasOwn(words, word)) return words[word] as Json;
    throw this.unexpected(text);
  }

  end(): void {
    if (this.next()[0].trim() !== '') throw this.unexpected('more');
  }

  private list(): Json[] {
    const items: Json[] = [];
    if (this.peek() === ']') return (this.next(), items);
    for (;;) {
      items.push(this.value());
      const sign = this.sign();
      if (sign === ']') return items;
      if (sign !== ',') throw this.unexpected(sign);
    }
  }

  private object(): JsonObject {
    const object: JsonObject = {};
    if (this.peek() === '}') return (this.next(), object);
    for (;;) {
      const key = this.next()[1];
      if (key === undefined || this.sign() !== ':') throw this.unexpected('no key');
      // Defined and not assigned: a key `__proto__` is a key like any other.
      Object.defineProperty(object, this.string(key), {
        value: this.value(),
        enumerable: true,
        configurable: true,
        writable: true,
      });
      const sign = this.sign();
      if (sign === '}') return object;
      if (sign !== ',') throw this.unexpected(sign);
    }
  }

  private string(token: string): string {
    try {
      return JSON.parse(token) as string;
    } catch {
      throw this.unexpected(token);
    }
  }

  private sign(): string {
    return this.next()[5] ?? '';
  }

  private peek(): string {
    const { at } = this;
    const sign = this.sign();
    this.at = at;
    return sign;
  }

  private next(): RegExpExecArray {
    tokens.lastIndex = this.at;
    const token = tokens.exec(this.text);
    if (!token) throw this.unexpected(this.text[this.at] ?? 'end');
    this.at = tokens.lastIndex;
    return token;
  }

  private unexpected(what: string): PythonError {
    return new PythonError('json.decoder.JSONDecodeError', `Unexpected ${what} before char ${this.at}`);
  }
}

function number(whole: string, fraction = '', exponent = ''): number | bigint {
  const value = Number(whole + fraction + exponent);
  if (fraction || exponent || Number.isSafeInteger(value)) return value;
  return BigInt(whole);
}
