import type { LiveReport } from './booted';

/** `CLIENT LIST`, without the connection that asked for it. */
export function parseClientList(text: string): LiveReport['clients'] {
  return text
    .split('\n')
    .filter((line) => line.includes('addr='))
    .map((line) => {
      const fields = new Map(line.split(' ').map((field) => field.split(/=(.*)/s, 2) as [string, string]));
      return {
        name: fields.get('name') ?? '',
        address: fields.get('addr') ?? '',
        library: fields.get('lib-name') ?? '',
        command: fields.get('cmd') ?? '',
      };
    })
    .filter(({ command }) => command !== 'client|list' && command !== 'client');
}
