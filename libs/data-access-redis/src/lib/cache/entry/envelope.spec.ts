import { decode, encode, findFreshBody, HEAD_LENGTH, textFrom } from './envelope';

const entry = {
  body: '{"n":1,"t":"ü\\n"}',
  expiresAt: 1_795_600_000_000,
  loadMs: 12,
  generation: '1795601743060515',
  tags: { 'thing:1': '1795601743060537' },
};

describe('the envelope', () => {
  it.each([
    ['a value', entry],
    ['a value without tags', { ...entry, tags: undefined }],
    ['a remembered absence', { ...entry, body: null }],
    ['an empty text', { ...entry, body: '""' }],
  ])('%s comes out as it went in', (_, given) => {
    expect(decode(Buffer.from(encode(given)))).toEqual({
      head: expect.stringMatching(/^s2 [\w-]{16}$/),
      ...given,
    });
  });

  it.each([
    ['plain', 'a'],
    ['of Western Europe', 'ü'],
    ['of anywhere', '漢🙂'],
  ])('a large text %s comes out as it went in', (_, character) => {
    const body = JSON.stringify(character.repeat(20_000));
    expect(decode(Buffer.from(encode({ ...entry, body })))).toMatchObject({ body });
    expect(textFrom(Buffer.from(`12${body}`), 2)).toBe(body);
  });

  it('each write has a head of its own', () => {
    const heads = Array.from({ length: 1_000 }, () => encode(entry).slice(0, HEAD_LENGTH));
    expect(new Set(heads).size).toBe(1_000);
  });

  // Texts that releases have written. They are never changed here: a release must go on understanding them.
  it.each([
    [
      '2',
      's2 wXgaJmu500000071 v1795601802264 1795601743060515 3 {"thing:1":"1795601743060537"}\n{"n":1}',
      {
        head: 's2 wXgaJmu500000071',
        body: '{"n":1}',
        expiresAt: 1_795_601_802_264,
        loadMs: 3,
        generation: '1795601743060515',
        tags: { 'thing:1': '1795601743060537' },
      },
    ],
    [
      '2, an absence',
      's2 wXgaJmu500000072 a1795601802264 1795601743060515 0 \n',
      {
        head: 's2 wXgaJmu500000072',
        body: null,
        expiresAt: 1_795_601_802_264,
        loadMs: 0,
        generation: '1795601743060515',
        tags: undefined,
      },
    ],
    [
      '1, which knew no generation and so can only be replaced',
      's1 AbCdEfGhIjKlMnOp {"k":"value","e":1795601802264,"t":{"thing:1":"1795601743060537"}}\n{"n":1}',
      { head: 's1 AbCdEfGhIjKlMnOp', is: 'older' },
    ],
    ['3 and later', 's3 whatever comes', 'newer'],
    ['1000', 's1000 whatever comes', 'newer'],
  ])('a text of version %s', (_, text, expected) => {
    expect(decode(Buffer.from(text))).toEqual(expected);
  });

  it('the short way to a fresh value agrees with the long one', () => {
    const generation = Buffer.from(entry.generation);
    const plain = { ...entry, tags: undefined };
    const bodyOf = (given: typeof entry | Omit<typeof entry, 'tags'>, now: number, under = generation) => {
      const raw = Buffer.from(encode({ tags: undefined, ...given }));
      const at = findFreshBody(raw, under, now);
      return at < 0 ? undefined : raw.toString('utf8', at);
    };
    expect(bodyOf(plain, plain.expiresAt - 1)).toBe(plain.body);
    expect(bodyOf({ ...plain, body: '' }, 0)).toBe('');
    expect(bodyOf(plain, plain.expiresAt)).toBeUndefined();
    expect(bodyOf(entry, 0)).toBeUndefined();
    expect(bodyOf({ ...plain, body: null as never }, 0)).toBeUndefined();
    expect(bodyOf(plain, 0, Buffer.from('1795601743060516'))).toBeUndefined();
    expect(bodyOf(plain, 0, Buffer.from('179560174306051'))).toBeUndefined();
    expect(bodyOf(plain, 0, Buffer.from('17956017430605155'))).toBeUndefined();
    const raw = Buffer.from(encode(plain));
    for (let length = 0; length <= raw.indexOf('\n'); length++) {
      expect(findFreshBody(raw.subarray(0, length), generation, 0)).toBe(-1);
    }
  });

  it('no text whatever makes it throw, and none that was cut short passes for an entry with another head', () => {
    const whole = encode(entry);
    for (let length = 0; length < whole.indexOf('\n') + 1; length++) {
      expect(decode(Buffer.from(whole.slice(0, length)))).toBe('garbage');
    }
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    for (let i = 0; i < 5_000; i++) {
      const at = random(whole.indexOf('\n'));
      const changed = whole.slice(0, at) + String.fromCharCode(random(256)) + whole.slice(at + 1 + random(3));
      expect(() => decode(Buffer.from(changed, 'latin1'))).not.toThrow();
    }
  });
});
