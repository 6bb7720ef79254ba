import { AppSecrets } from '@sluice/util-http';
import { type ImageLinkKind, ImageLinks, LINK_SECONDS } from './image-links';

const SECRETS = new AppSecrets('a secret of the installation, long enough');
const ID = '0190f3b2-1111-7abc-8def-000000000001';
const OTHER = '0190f3b2-1111-7abc-8def-000000000002';
const KINDS: ImageLinkKind[] = ['events', 'file', 'thumb'];

describe('a signed link', () => {
  let now = 0;
  let links: ImageLinks;

  beforeEach(() => {
    now = Date.UTC(2026, 10, 25, 12, 0, 0, 0);
    links = new ImageLinks(SECRETS, () => now);
  });

  function queryOf(link: string): Record<string, string> {
    return Object.fromEntries(new URL(link, 'http://localhost').searchParams);
  }

  function check(
    query: object,
    { kind = 'file', imageId = ID, method = 'GET' }: Partial<Asked> = {},
  ): string {
    return links.check({ method, kind, imageId, query });
  }

  it('is an address of the API, and short', () => {
    const query = 'e=1795608600&s=[\\w-]{22}';
    expect(links.to('events', ID)).toMatch(new RegExp(`^/api/images/${ID}/events\\?${query}$`));
    expect(links.to('file', ID)).toMatch(new RegExp(`^/api/images/${ID}/file\\?${query}$`));
    expect(links.to('thumb', ID)).toMatch(new RegExp(`^/api/images/${ID}/file\\?variant=thumb&${query}$`));
  });

  it('is good for one kind and one image', () => {
    for (const made of KINDS) {
      for (const kind of KINDS) {
        for (const imageId of [ID, OTHER, '', ID.toUpperCase()]) {
          const verdict = made === kind && imageId === ID ? 'valid' : 'invalid';
          expect(check(queryOf(links.to(made, ID)), { kind, imageId })).toBe(verdict);
        }
      }
    }
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'get', ''])(
    'is not good for %j',
    (method) => {
      expect(check(queryOf(links.to('file', ID)), { method })).toBe('invalid');
    },
  );

  it('lives for ten minutes, to the second', () => {
    expect(LINK_SECONDS).toBe(600);
    const query = queryOf(links.to('file', ID));
    now += 599_999;
    expect(check(query)).toBe('valid');
    now += 1;
    expect(check(query)).toBe('expired');
    now += 86_400_000;
    expect(check(query)).toBe('expired');
  });

  it('cannot be made to live longer', () => {
    const { e = '', s } = queryOf(links.to('file', ID));
    now += 601_000;
    for (const end of [
      String(Number(e) + 600),
      `${e}0`,
      `0${e}`,
      `${e}.0`,
      ` ${e}`,
      '9e99',
      'Infinity',
      '-1',
      '',
    ]) {
      expect(check({ e: end, s })).toBe('invalid');
    }
  });

  it('is refused with any other signature', () => {
    const { e, s = '' } = queryOf(links.to('file', ID));
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let i = 0; i < s.length; i++) {
      for (const letter of letters) {
        const altered = s.slice(0, i) + letter + s.slice(i + 1);
        expect(check({ e, s: altered })).toBe(altered === s ? 'valid' : 'invalid');
      }
    }
    for (const odd of [
      '',
      s.slice(1),
      `${s}A`,
      `${s}=`,
      `${s}==`,
      `${s}\n`,
      [s],
      [s, s],
      { s },
      null,
      undefined,
      7,
    ]) {
      expect(check({ e, s: odd })).toBe('invalid');
    }
    expect(check({ e: [e], s })).toBe('invalid');
    expect(check({})).toBe('invalid');
  });

  it('is good on every instance of the installation, and on no other', () => {
    const query = queryOf(links.to('file', ID));
    const asked = { method: 'GET', kind: 'file', imageId: ID, query } as const;
    expect(new ImageLinks(SECRETS, () => now).check(asked)).toBe('valid');
    const elsewhere = new AppSecrets('a secret of another installation, also long');
    expect(new ImageLinks(elsewhere, () => now).check(asked)).toBe('invalid');
  });

  it('is signed with a key for this purpose alone', () => {
    const purposes = jest.spyOn(SECRETS, 'derive');
    new ImageLinks(SECRETS);
    expect(purposes).toHaveBeenCalledWith('image-link');
  });
});

interface Asked {
  kind: ImageLinkKind;
  imageId: string;
  method: string;
}
