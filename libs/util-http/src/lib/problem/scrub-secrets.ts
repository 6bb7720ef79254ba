const PATTERNS: ReadonlyArray<readonly [RegExp, string]> = [
  // user:password@ in a URL of any scheme; the password may hold raw # / and @
  [/([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s"'\\]{1,500}@/gi, '$1***@'],
  [/[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+/g, '***@***'],
  [/\bBearer [\w.~+/=-]+/gi, 'Bearer ***'],
  [/\beyJ[\w-]+\.[\w-]*(?:\.[\w-]*)?/g, '***'],
  [/\$argon2[a-z]{1,2}\$[\w$,=+/.-]+/g, '***'],
  // 32 random bytes in base64url and longer: refresh tokens, cursors, hashes
  [/(?<![\w/.-])[\w-]{43,}(?![\w/.-])/g, '***'],
];

/**
 * Blanks what looks like a secret in text that is about to be logged: credentials in URLs, e-mail addresses,
 * bearer tokens, password hashes and long random strings. A second net: nothing of the kind should get there.
 */
export function scrubSecrets(text: string): string {
  return PATTERNS.reduce((scrubbed, [pattern, blank]) => scrubbed.replace(pattern, blank), text);
}
