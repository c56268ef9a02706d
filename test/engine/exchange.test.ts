import { describe, expect, test } from 'vitest';
import { Exchange } from '../../src/engine/exchange.ts';
import type { RequestKind } from '../../src/engine/message-reader.ts';

/** Unanswered requests of which it is kept that they are HEAD or CONNECT. */
const MOST = 64;

describe('the next answer is to', () => {
  test('each request in turn', () => {
    const kinds: RequestKind[] = ['other', 'head', 'connect', 'other', 'other', 'head', 'connect'];
    const exchange = asking(...kinds);
    const seen = kinds.map((_, i) => {
      const { answered } = exchange;
      exchange.noteAnswer(i);
      return answered;
    });
    expect(seen).toEqual(kinds);
    expect(exchange.answered).toBe('unknown');
  });

  test('an unknown request before there is one, and no answer counts then', () => {
    const exchange = new Exchange();
    expect(exchange.answered).toBe('unknown');
    exchange.noteAnswer(0);
    exchange.noteRequest('head', 0);
    expect(exchange.answered).toBe('head');
  });

  test('the same request where messages are read again', () => {
    const exchange = asking('other', 'head', 'connect');
    exchange.noteRequest('head', 2);
    exchange.noteRequest('head', 1);
    exchange.noteAnswer(0);
    exchange.noteAnswer(0);
    expect(exchange.answered).toBe('head');
    exchange.noteAnswer(1);
    expect(exchange.answered).toBe('connect');
    exchange.noteAnswer(2);
    expect(exchange.answered).toBe('unknown');
  });

  test('a request that came after earlier answers', () => {
    const exchange = asking('head');
    exchange.noteAnswer(0);
    exchange.noteRequest('connect', 1);
    expect(exchange.answered).toBe('connect');
  });
});

test('of many unanswered HEADs and CONNECTs the first 64 are known', () => {
  const exchange = asking(...Array.from({ length: MOST + 1 }, (): RequestKind => 'head'));
  const seen: string[] = [];
  for (let i = 0; i <= MOST; i++) {
    seen.push(exchange.answered);
    exchange.noteAnswer(i);
  }
  expect(seen.slice(0, MOST)).toEqual(Array.from({ length: MOST }, () => 'head'));
  expect(seen[MOST]).toBe('other');
});

test('an exchange that is closed knows no HEAD or CONNECT any more', () => {
  const exchange = asking('head');
  exchange.close();
  expect(exchange.answered).toBe('other');
});

function asking(...kinds: readonly RequestKind[]): Exchange {
  const exchange = new Exchange();
  for (const [at, kind] of kinds.entries()) exchange.noteRequest(kind, at);
  return exchange;
}
