import { z } from 'zod';
import { AppSecrets } from '../secrets/app-secrets';
import { CursorCodec } from './cursor.codec';

const codec = new CursorCodec(new AppSecrets('s'.repeat(32)));
const position = z.object({ id: z.string() });
const LIST = 'characters:user-1';

describe('CursorCodec', () => {
  it('gives back the position it was given', () => {
    expect(codec.decode(LIST, codec.encode(LIST, { id: 'x' }), position)).toEqual({ id: 'x' });
  });

  it('refuses every change of every character, other lists, other owners and other secrets', () => {
    const cursor = codec.encode(LIST, { id: 'x' });
    const changed = [...cursor].map(
      (letter, i) => cursor.slice(0, i) + (letter === 'A' ? 'B' : 'A') + cursor.slice(i + 1),
    );
    const foreign = new CursorCodec(new AppSecrets('t'.repeat(32))).encode(LIST, { id: 'x' });
    const wrong = [...changed, `${cursor}A`, `${cursor}=`, cursor.slice(0, -1), '', '%00', foreign];
    for (const bad of wrong) {
      expect(() => codec.decode(LIST, bad, position)).toThrow(expect.objectContaining({ status: 400 }));
    }
    for (const list of ['characters:user-2', 'sessions:user-1', `${LIST}:`]) {
      expect(() => codec.decode(list, cursor, position)).toThrow(expect.objectContaining({ status: 400 }));
    }
  });

  it('refuses a genuine cursor of an older shape', () => {
    expect(() => codec.decode(LIST, codec.encode(LIST, { offset: 3 }), position)).toThrow(
      expect.objectContaining({ status: 400, errors: [{ path: 'cursor', message: expect.any(String) }] }),
    );
  });
});
