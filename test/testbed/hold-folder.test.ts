import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdFolder } from '../../src/testbed/matrix/hold-folder.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'chokepoint-test-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('a folder is one process’s until it lets go', async () => {
  const folder = join(root, 'matrix');
  mkdirSync(folder);
  const first = await holdFolder(folder);
  await expect(holdFolder(folder)).rejects.toMatchObject({
    code: 'USAGE',
    message: `${folder}: another process is at work on this matrix`,
  });
  first.letGo();
  const second = await holdFolder(folder);
  second.letGo();
});

test('by whatever name it is called', async () => {
  const [folder, link, moved] = ['matrix', 'link', 'moved'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(folder);
  symlinkSync(folder, link);
  const first = await holdFolder(folder);
  await expect(holdFolder(link)).rejects.toMatchObject({ code: 'USAGE' });
  renameSync(folder, moved);
  await expect(holdFolder(moved)).rejects.toMatchObject({ code: 'USAGE' });
  first.letGo();
});

test('a process that is killed holds nothing', async () => {
  const module = new URL('../../src/testbed/matrix/hold-folder.ts', import.meta.url).href;
  const script = `import { holdFolder } from ${JSON.stringify(module)};
    await holdFolder(${JSON.stringify(root)}); console.log('held'); setInterval(() => {}, 1000);`;
  const holder = execa('node', ['--import', 'tsx', '--input-type=module', '-e', script], {
    reject: false,
  });
  await new Promise<void>((resolve) => holder.stdout.once('data', () => resolve()));
  await expect(holdFolder(root)).rejects.toMatchObject({ code: 'USAGE' });
  holder.kill('SIGKILL');
  await holder;
  const now = await holdFolder(root);
  now.letGo();
});

test('what is no folder is nobody’s', async () => {
  const missing = join(root, 'missing');
  await holdFolder(missing);
  await holdFolder(missing);
});
