import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ownSignal } from '../../src/base/own-signal.ts';

describe('a signal of one’s own', () => {
  test('is aborted with the other one, for its reason', () => {
    const other = new AbortController();
    const own = ownSignal(other.signal);
    expect(own.signal.aborted).toBe(false);
    other.abort('enough');
    expect(own.signal).toMatchObject({ aborted: true, reason: 'enough' });
  });

  test('is aborted from the beginning if the other one was', () => {
    expect(ownSignal(AbortSignal.abort('late')).signal).toMatchObject({
      aborted: true,
      reason: 'late',
    });
  });

  test('is aborted alone, and without another one', () => {
    const other = new AbortController();
    for (const own of [ownSignal(other.signal), ownSignal(undefined)]) {
      own.abort('mine');
      expect(own.signal).toMatchObject({ aborted: true, reason: 'mine' });
    }
    expect(other.signal.aborted).toBe(false);
  });

  test('follows no more, and leaves nothing behind, once it is released', () => {
    const other = new AbortController();
    const own = ownSignal(other.signal);
    own.release();
    expect(getEventListeners(other.signal, 'abort')).toEqual([]);
    other.abort();
    expect(own.signal.aborted).toBe(false);
  });
});
