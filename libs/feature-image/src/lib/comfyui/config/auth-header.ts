/** Those that HTTP, or the handshake of a WebSocket, needs for itself. */
const RESERVED =
  /^(host|origin|connection|upgrade|content-(length|type|encoding)|transfer-encoding|te|trailer|expect|keep-alive|sec-websocket-.*|sec-fetch-.*)$/;

/** `Name: value` as headers of a request. */
export function readAuthHeader(text: string, problems: string[]): Record<string, string> {
  const [, name, value] = /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/s.exec(text) ?? [];
  if (name === undefined || !value) {
    problems.push('authHeader must be written as "Name: value", such as "Authorization: Bearer …"');
    return {};
  }
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    problems.push('authHeader: the name before the colon is no name of a header');
    return {};
  }
  if (RESERVED.test(name.toLowerCase())) {
    problems.push('authHeader: this header belongs to the protocol itself and cannot carry credentials');
    return {};
  }
  if (!/^[\x20-\x7e\x80-\xff]+$/.test(value)) {
    problems.push('authHeader: the value holds characters that no header can (line ends, or beyond Latin-1)');
    return {};
  }
  return { [name]: value };
}
