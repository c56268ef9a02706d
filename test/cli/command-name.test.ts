import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { asTyped, commandName } from '../../src/cli/command-name.ts';
import { temporaryFolder } from '../support/folder.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

test('a program on the PATH is called by its name, but not the one that npx puts there', () => {
  const folder = temporaryFolder();
  const own = join(folder, 'node_modules/.bin');
  mkdirSync(own, { recursive: true });
  for (const place of [folder, own]) {
    writeFileSync(join(place, 'chokepoint'), '#!/bin/sh\n', { mode: 0o755 });
  }
  withPath(`${own}:/nonexistent`);
  expect(commandName()).not.toBe('chokepoint');
  withPath(`${own}:${folder}`);
  expect(commandName()).toBe('chokepoint');
});

test('a folder of that name on the PATH is no program', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'chokepoint'));
  withPath(folder);
  expect(commandName()).not.toBe('chokepoint');
});

test('elsewhere than in the checkout, the whole path is told', () => {
  const folder = temporaryFolder();
  withPath('/nonexistent');
  const before = process.cwd();
  onTestFinished(() => process.chdir(before));
  process.chdir(folder);
  expect(commandName()).toBe(join(CHECKOUT, 'node_modules/.bin/chokepoint'));
});

test('what is told to be typed, can be typed as it is told', () => {
  withPath('/nonexistent');
  const here = commandName();
  expect(asTyped('see `chokepoint --help`; `chokepoint ps` shows it')).toBe(
    `see \`${here} --help\`; \`${here} ps\` shows it`,
  );
  expect(asTyped('gunzip -c a.gz | chokepoint replay -')).toBe(`gunzip -c a.gz | ${here} replay -`);
  expect(asTyped('chokepoint exec client -- chokepoint probe http')).toBe(
    `${here} exec client -- chokepoint probe http`,
  );
  expect(asTyped('/etc/chokepoint is missing')).toBe('/etc/chokepoint is missing');
});

function withPath(path: string): void {
  const before = process.env['PATH'];
  process.env['PATH'] = path;
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
}
