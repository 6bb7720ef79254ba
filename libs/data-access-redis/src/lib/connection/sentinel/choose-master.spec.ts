import { chooseMaster } from './choose-master';
import type { Standing } from './choose-master';
import type { MasterView } from './sentinel-replies';

const view = (host: string, epoch: number): MasterView => ({ address: { host, port: 6_379 }, epoch });
const standing = (more: Partial<Standing>): Standing => ({
  ...{ current: undefined, works: true, sentinels: 3, views: [], replicas: new Set() },
  ...more,
});
const chosen = (more: Partial<Standing>) => chooseMaster(standing(more))?.address.host;

describe('of what sentinels say, there is believed', () => {
  it.each<[string, string | undefined, Partial<Standing>]>([
    ['nothing while none answers', undefined, {}],
    ['the one current while none answers', 'old', { current: view('old', 3) }],
    ['the first that answers', 'a', { views: [view('a', 0)] }],
    [
      'the higher epoch against more of them',
      'new',
      { views: [view('old', 4), view('old', 4), view('new', 5)] },
    ],
    ['more of them in one epoch', 'a', { views: [view('b', 1), view('a', 1), view('a', 1)] }],
    [
      'fewer, when the server of the others has said that it is a replica',
      'b',
      { views: [view('b', 0), view('a', 0), view('a', 0)], replicas: new Set(['a:6379']) },
    ],
    [
      'a higher epoch at once, though the current master works',
      'new',
      { current: view('old', 4), views: [view('new', 5), view('old', 4), view('old', 4)] },
    ],
    [
      'no lower epoch, when the sentinel that knew the higher one is gone',
      'new',
      { current: view('new', 5), views: [view('old', 4)] },
    ],
    [
      'no lower epoch either when the newest master does not answer',
      'new',
      { current: view('new', 5), works: false, views: [view('new', 5), view('old', 4), view('old', 4)] },
    ],
    [
      'none for the word of a few that know of a lower one',
      'new',
      { current: view('new', 5), works: false, views: [view('old', 4)] },
    ],
    [
      'another of the same epoch only when the current one does not work',
      'b',
      {
        current: view('a', 0),
        works: false,
        views: [view('a', 0), view('b', 0)],
        replicas: new Set(['a:6379']),
      },
    ],
    ['and else none', 'a', { current: view('a', 0), views: [view('a', 0), view('b', 0), view('b', 0)] }],
    [
      'most of them when they were set up anew, and none names the current one',
      'other',
      { current: view('a', 7), views: [view('other', 0), view('other', 0)] },
    ],
  ])('%s', (_, host, more) => {
    expect(chosen(more)).toBe(host);
  });
});
