import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { analyzeWebConnectivity } from '../../../src/ooni/analyze.ts';
import type { WebConnectivityData } from '../../../src/ooni/test-keys.ts';
import { measureWebConnectivity } from '../../../src/probe/web-connectivity/measure.ts';

/* A server on this machine, by an address that is none of the loopback's for OONI, and no name to look up. */

async function measured(answer: RequestListener): Promise<WebConnectivityData> {
  const server = createServer(answer).listen(0, '0.0.0.0');
  await once(server, 'listening');
  try {
    return await measureWebConnectivity({
      url: `http://0.0.0.0:${(server.address() as AddressInfo).port}/0`,
      ...{ ip: 4, clientResolver: '', publicResolver: '', asnOf: () => 0 },
      askControl: () => Promise.reject(new Error('nobody is there')),
    });
  } finally {
    server.close();
  }
}

function redirecting(last: number): RequestListener {
  return ({ url = '' }, response) => {
    const number = Number(url.slice(1));
    if (number >= last) response.end('the page');
    else response.writeHead(302, { Location: `/${number + 1}` }).end();
  };
}

test('ten redirects are followed, and what comes after them is the page', async () => {
  const { requests } = await measured(redirecting(10));
  expect(requests.map(({ failure }) => failure)).toEqual(Array.from({ length: 11 }, () => null));
  expect(requests[0]).toMatchObject({ response: { code: 200, body: 'the page' } });
});

test('an eleventh is not, and its request has failed', async () => {
  const data = await measured(redirecting(11));
  const [last, ...others] = data.requests;
  const failure = 'unknown_failure: stopped after too many redirects';
  expect(last).toMatchObject({ failure, response: { code: 302 } });
  expect(others.map((one) => one.failure)).toEqual(Array.from({ length: 10 }, () => null));
  const { verdict } = analyzeWebConnectivity(data, { input: last?.request.url });
  expect(verdict).toMatchObject({ http_experiment_failure: failure, accessible: null });
});

test('without a control, the measurement says what became of it', async () => {
  const { control, control_failure } = await measured(redirecting(0));
  expect({ control, control_failure }).toEqual({
    control: null,
    control_failure: 'unknown_failure: nobody is there',
  });
});
