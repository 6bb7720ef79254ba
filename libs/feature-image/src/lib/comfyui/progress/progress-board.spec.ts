import { Logger } from '@nestjs/common';
import { loadWorkflow } from '../workflow/load-workflow';
import { OverallProgress } from './overall-progress';
import { ProgressBoard } from './progress-board';

const workflow = loadWorkflow('text-to-image');
/** Seven nodes; the sampler counts 20, the loader 3, the others 1. */
const TOTAL = 28;

const finished = { state: 'finished', value: 1, max: 1 };
const sampling = (value: number) => ({ '4': finished, '3': { state: 'running', value, max: 20 } });

beforeAll(() => Logger.overrideLogger(false));

describe('progress of a whole run', () => {
  it('weighs what is told against all nodes, also those that are not told of', () => {
    const overall = new OverallProgress(workflow);
    expect(overall.value).toBe(0);
    overall.told({ '4': finished });
    expect(overall.value).toBeCloseTo(3 / TOTAL);
    overall.told(sampling(10));
    expect(overall.value).toBeCloseTo((3 + 10) / TOTAL);
  });

  it('counts what was in the cache as done', () => {
    const overall = new OverallProgress(workflow);
    overall.cached(['4', '5', '6', '7']);
    expect(overall.value).toBeCloseTo(6 / TOTAL);
  });

  it('is 1 when all are done, and no more', () => {
    const overall = new OverallProgress(workflow);
    overall.told(
      Object.fromEntries(['3', '4', '5', '6', '7', '8', '9', '10'].map((node) => [node, finished])),
    );
    expect(overall.value).toBe(1);
  });

  it.each([
    [null],
    ['3'],
    [{ '3': null }],
    [{ '3': { state: 'running', value: 1e999, max: 0 } }],
    [{ '3': { state: 'running', value: -5, max: 1 } }],
    [{ '3': { state: 'running', value: '1', max: null } }],
    [{ nosuch: finished, __proto__: finished }],
  ])('does not believe everything: %j', (nodes) => {
    const overall = new OverallProgress(workflow);
    overall.told(nodes);
    overall.cached(nodes);
    expect(overall.value).toBe(0);
  });
});

describe('the board', () => {
  const told: [string, number][] = [];
  let board: ProgressBoard;

  beforeEach(() => {
    told.length = 0;
    board = new ProgressBoard(workflow, (...report) => told.push(report));
  });

  const state = (promptId: string, value: number) =>
    board.heard('progress_state', { prompt_id: promptId, nodes: sampling(value) });

  it('never goes back, whoever tells', () => {
    const heard: number[] = [];
    board.sent('a');
    board.listen('a', (progress) => heard.push(progress));
    state('a', 10);
    state('a', 4);
    board.told('a', 0.1);
    board.told('a', 0.9);
    state('a', 20);
    board.told('a', 1.5);
    board.told('a', NaN);
    expect(heard).toEqual([13 / TOTAL, 0.9]);
    expect(board.of('a')).toBe(0.9);
  });

  it('passes on its own prompts to the others, and those of others to nobody', () => {
    board.sent('a');
    board.listen('b', () => undefined);
    state('a', 10);
    state('b', 10);
    state('c', 10);
    expect(told).toEqual([['a', 13 / TOTAL]]);
    expect([board.of('b'), board.of('c')]).toEqual([undefined, undefined]);
  });

  it('forgets what has ended and is not listened to', () => {
    board.sent('a');
    const stop = board.listen('a', () => undefined);
    state('a', 10);
    board.ended('a');
    expect(board.of('a')).toBe(13 / TOTAL);
    stop();
    expect(board.of('a')).toBeUndefined();
    board.listen('b', () => undefined)();
    board.told('b', 0.5);
    expect(board.of('b')).toBeUndefined();
  });

  it('keeps a bounded number of runs that nobody listens to, the youngest', () => {
    board.sent('first');
    state('first', 1);
    board.sent('watched');
    board.listen('watched', () => undefined);
    state('watched', 1);
    for (let i = 0; i < 10_000; i += 1) board.sent(`run ${i}`);
    expect(board.of('first')).toBeUndefined();
    expect(board.of('watched')).toBeDefined();
    state('run 9999', 1);
    expect(board.of('run 9999')).toBeDefined();
  });

  it('does not let one listener keep the others from hearing', () => {
    const heard: number[] = [];
    board.listen('a', () => {
      throw new Error('broken');
    });
    board.listen('a', (progress) => heard.push(progress));
    board.told('a', 0.5);
    expect(heard).toEqual([0.5]);
  });
});
