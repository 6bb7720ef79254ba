import { CONNECTIONS } from './cases.mjs';
import { KeptConnection } from './kept-connection.mjs';
import { kindOf } from './kinds.mjs';
import { askThroughLoss } from './loss.mjs';
import { tokenOf, userAt } from './users.mjs';
import { walkGallery } from './walk.mjs';

const PATIENCE_MS = 10_000;

/**
 * What can be asked of the process that asks a server.
 *
 * @param {string} url
 * @returns {import('../lib/serve-contender.mjs').Contender}
 */
export function loadOn(url) {
  const users = [];
  const free = [];

  function userWithToken(index) {
    users[index] ??= { ...userAt(index) };
    users[index].token ??= tokenOf(users[index]);
    return users[index];
  }

  async function get(path, index, patience = PATIENCE_MS) {
    const connection = free.pop() ?? new KeptConnection(url);
    try {
      return await connection.get(path, userWithToken(index).token, patience);
    } finally {
      free.push(connection);
    }
  }

  const ask = (kind, index, patience) => get(kind.path(userWithToken(index)), index, patience);

  return {
    /** @param {{ kind: string, users: number }} what */
    async prepare({ kind: id, users: count }) {
      const kind = kindOf(id);
      for (let index = 0; index < count; index += 1) userWithToken(index);
      return {
        count,
        clockEvery: 1,
        async run(index) {
          const answer = await ask(kind, index);
          if (answer.status !== 200) throw new Error(`answered with ${answer.status}: ${answer.body}`);
          return answer;
        },
        check({ body }, index) {
          if (!kind.isOf(JSON.parse(body), userWithToken(index))) throw new Error(`a wrong answer: ${body}`);
        },
      };
    },
    /** One answer, parsed. */
    async answer({ kind, user }) {
      const { status, body } = await ask(kindOf(kind), user);
      if (status !== 200) throw new Error(`answered with ${status}: ${body}`);
      return JSON.parse(body);
    },
    /** Requests, however long they take: code is compiled by the number of its calls. */
    async warm({ kind, users: count, requests }) {
      let left = requests;
      const caller = async () => {
        while (left > 0) await ask(kindOf(kind), (left -= 1) % count);
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, caller));
    },
    walk: ({ user }) => walkGallery((path) => get(path, user)),
    throughLoss: (what) => askThroughLoss((index, patience) => ask(kindOf(what.kind), index, patience), what),
    close: () => free.forEach((connection) => connection.close()),
  };
}
