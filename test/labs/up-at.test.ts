import { expect, test } from 'vitest';
import { openPlace } from '../support/cli.ts';

test.each([
  { at: [], says: 'began with 2022-09-14T12:00:00Z', answer: '' },
  { at: ['--at', '2022-09-13T13:00'], says: 'began with 2022-09-13T13:00:00.000Z', answer: '' },
  { at: ['--at', '2022-09-17'], says: 'began with 2022-09-17T00', answer: '95.216.36.80\n' },
])('`up` $at: the censor is as at that time', async ({ at, says, answer }) => {
  const place = openPlace();
  const up = await place.run(['up', 'am-2022-ucom', ...at]);
  expect(up).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining(says) });
  expect(up.stdout).not.toContain('meydan');
  const dig = await place.run(['exec', 'client-ucom', '--', 'dig', '+short', 'tiktok.com']);
  expect(dig).toMatchObject({ exitCode: 0, stdout: answer });
  await place.run(['down']);
  await place.expectLeft();
});
