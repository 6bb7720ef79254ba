/**
 * The address of a server as it is stored with jobs and shown to operators: so without credentials, and always
 * written the same way. A path before ComfyUI's own, as behind a proxy, is kept.
 */
export function readServerUrl(text: string, problems: string[]): string | undefined {
  const trimmed = text.trim();
  if (!/^https?:\/\//i.test(trimmed)) {
    problems.push(
      'urls: every address begins with http:// or https://; that of the WebSocket follows from it',
    );
    return undefined;
  }
  let url: URL;
  try {
    url = new URL(trimmed);
  } catch {
    problems.push('urls: one of the addresses cannot be read');
    return undefined;
  }
  const before = problems.length;
  if (url.username || url.password) {
    problems.push('urls: addresses are stored and shown, so credentials go into authHeader instead');
  }
  if (url.search || url.hash) problems.push('urls: nothing may follow the path (? or #)');
  if (/^\/(api|ws|prompt)\/?$/.test(url.pathname)) {
    problems.push('urls: give the address of the server itself, without /api, /ws or /prompt');
  }
  if (problems.length > before) return undefined;
  return url.origin + url.pathname.replace(/\/+$/, '');
}
