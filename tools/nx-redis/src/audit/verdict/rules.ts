import type { RuleId } from '../audit-result';

/** What each rule is about, and what to do when it is broken. */
export const RULES: Readonly<Record<RuleId, { title: string; help: string }>> = {
  'client-outside-owner': {
    title: 'Only the owner of Redis makes clients',
    help: 'Inject the wrapper service or the client token instead, and let the owner close the connection.',
  },
  'duplicate-outside-owner': {
    title: 'Only the owner of Redis duplicates a client',
    help: 'Subscribe, or block, through what the owner offers for it.',
  },
  'library-opens-its-own': {
    title: 'A library is handed the shared client',
    help: 'Give it the injected client instead of an address or options, or put it in front of the wrapper service.',
  },
  'raw-socket': {
    title: 'Nobody dials the port of Redis but its owner',
    help: 'Send the command through the wrapper service.',
  },
  'provided-again': {
    title: 'A class that makes a client is provided once',
    help: 'Provide it in one module, export it there, and import that module where it is needed.',
  },
  'client-per-request': {
    title: 'A client lives as long as the process',
    help: 'Take the scope away from the provider that makes the client.',
  },
  'client-package-declared': {
    title: 'A client is a dependency of the owner alone',
    help: 'Remove it from this package.json.',
  },
  'client-handed-on': {
    title: 'The class of a client stays inside of the owner',
    help: 'Export your own types and tokens instead.',
  },
};
