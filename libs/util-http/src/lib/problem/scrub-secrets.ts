type Pattern = readonly [RegExp, string];

/** Looked for only where there is an @: they try every beginning in a line, and most lines have none. */
const WITH_AT: readonly Pattern[] = [
  // user:password@ in a URL of any scheme; the password may hold raw # / and @
  [/([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s"'\\]{1,500}@/gi, '$1***@'],
  [/[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+/g, '***@***'],
];

/** Parts of the names of fields, headers and variables that hold a secret. */
const NAMES = 'password|token|secret|cookie|authorization|api-?key|database_url|redis_url';

/** Looked for only where a line has such a name. */
const NAMED: readonly Pattern[] = [
  // "password":"…" in a line of JSON, and \"password\":\"…\" in JSON within it
  [new RegExp(`("[\\w-]{0,40}(?:${NAMES})[\\w-]{0,40}"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*(?=")`, 'gi'), '$1***'],
  [
    new RegExp(`(\\\\"[\\w-]{0,40}(?:${NAMES})[\\w-]{0,40}\\\\"\\s*:\\s*\\\\")(?:(?!\\\\").)*`, 'gi'),
    '$1***',
  ],
  // "cookie":["…"], as Node has more than one
  [new RegExp(`("[\\w-]{0,40}(?:${NAMES})[\\w-]{0,40}"\\s*:\\s*\\[)[^\\]]*`, 'gi'), '$1"***"'],
  // access_token=… in an address, password=… in the words of libpq
  [/((?:password|token|secret|api-?key)=)[^&\s"'\\]+/gi, '$1***'],
  [/((?:cookie|authorization|api-?key): *)[^\r\n"\\]+/gi, '$1***'],
];

const HAS_A_NAME = new RegExp(NAMES, 'i');

const OTHERS: readonly Pattern[] = [
  [/\bBearer [\w.~+/=-]+/gi, 'Bearer ***'],
  [/\bBasic [\w+/=-]{8,}/gi, 'Basic ***'],
  [/\beyJ[\w-]+\.[\w-]*(?:\.[\w-]*)?/g, '***'],
  [/\$argon2[a-z]{1,2}\$[\w$,=+/.-]+/g, '***'],
  // the signature of a link
  [/([?&]s=)[\w-]{16,}/g, '$1***'],
  // 32 random bytes in base64url and longer: refresh tokens, cursors, hashes
  [/(?<![\w/.-])[\w-]{43,}(?![\w/.-])/g, '***'],
];

/**
 * Blanks what looks like a secret in text that is about to be logged: what stands under a name like `password`,
 * credentials in URLs, e-mail addresses, bearer tokens, password hashes, signed links and long random strings. A second
 * net: nothing of the kind should get there.
 */
export function scrubSecrets(text: string): string {
  const unnamed = HAS_A_NAME.test(text) ? blanked(text, NAMED) : text;
  return blanked(unnamed.includes('@') ? blanked(unnamed, WITH_AT) : unnamed, OTHERS);
}

function blanked(text: string, patterns: readonly Pattern[]): string {
  return patterns.reduce((scrubbed, [pattern, blank]) => scrubbed.replace(pattern, blank), text);
}
