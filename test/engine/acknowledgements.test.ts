import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { names } from '../../src/policy/match/names.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { RESET } from '../support/censors.ts';
import { httpRequest } from '../support/packets.ts';
import { Session } from '../support/session.ts';

const { strict } = PRESETS;
const list = { names: ['a.test'], how: 'exact', normalise: strict.host.normalise } as const;
const trigger = names('http.host', list);

test('an answer to segments that came out of order acknowledges what was sent', () => {
  const engine = new Engine({ policy: { model: strict, rules: [] } });
  const session = new Session(engine).handshake();
  const request = httpRequest({ host: 'b.test' });
  session.send('client', request.slice(20), { offset: 20 });
  session.send('client', request.slice(0, 20), { offset: 0 });
  session.send('server', 'HTTP/1.1 204 No Content\r\n\r\n', {
    ack: session.seq('client', request.length),
  });
  expect(engine.ignored).toBeUndefined();
  session.send('server', 'x', { ack: session.seq('client', request.length + 1) });
  expect(engine.ignored).toBe('bad-ack');
});

test('an answer to a trigger that was let through acknowledges what was sent', () => {
  const rule = { name: 'a', trigger, action: { do: 'pass' } } as const;
  const engine = new Engine({ policy: { model: strict, rules: [rule] } });
  const session = new Session(engine).handshake();
  expect(session.send('client', httpRequest({ host: 'a.test' }))).toMatchObject({
    kind: 'inject',
    original: 'accept',
  });
  const ack = session.seq('client', httpRequest({ host: 'a.test' }).length);
  session.send('server', 'HTTP/1.1 204 No Content\r\n\r\n', { ack });
  expect(engine.ignored).toBeUndefined();
});

test('what follows after a decision does not wait behind bytes that were missed', () => {
  const stream = { ...strict.stream, mode: 'full', overlap: 'last' } as const;
  const model = { ...strict, stream, http: { ...strict.http, everyRequest: false } };
  const engine = new Engine({ policy: { model, rules: [{ name: 'a', trigger, action: RESET }] } });
  const session = new Session(engine).handshake();
  const ignored = ['b', 'c', 'd'].map((name) => {
    session.send('client', httpRequest({ host: `${name}.test` }));
    return engine.ignored;
  });
  expect(ignored).not.toContain('after-gap');
});
